import { readFileSync } from 'node:fs';

/** What a page is made of, beside its data. */
export interface PageAssets {
  /** With `{{slots}}`. */
  readonly html: string;
  readonly css: string;
  readonly script: string;
}

/** Later ones use earlier ones. */
const scripts = [
  'dom',
  'format',
  'view',
  'filter',
  'groups',
  'windowed-rows',
  'result-panel',
  'headline',
  'stories',
  'matrix',
  'zoom',
  'timeline',
  'changes',
  'slowest',
  'about',
  'filter-bar',
  'main',
];

/** Reads the files beside this one; the build puts them beside what it makes of it. */
export function readPageAssets(): PageAssets {
  return {
    html: read('page.html'),
    css: read('page.css'),
    script: joinModules(scripts.map((name) => read(`${name}.js`))),
  };
}

/**
 * Modules that import only each other as one script: their names are unique, so their imports and exports can go. A page that is a
 * file cannot load modules, and a bundler would be much for that.
 */
export function joinModules(modules: readonly string[]): string {
  return modules
    .map((text) =>
      text.replaceAll(/^import [^;]*;\n/gm, '').replaceAll(/^export (?=(async )?(function|const|class) )/gm, ''),
    )
    .join('\n');
}

function read(name: string): string {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
}
