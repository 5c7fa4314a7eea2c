import { assertNever } from '../base/assert-never.ts';
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Include, Play, TaskNode } from '../playbook/playbook.ts';
import { allTasks, changeIncluded } from './walk.ts';

/** `--tags` and `--skip-tags`. No tags mean all. */
export interface TagSelection {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

/** Words that are no tags of tasks: they speak of tasks with any tag, with none, or of all. */
const special = ['all', 'tagged', 'untagged'];

/**
 * Whether tasks with these tags run, by Ansible's rules: `always` runs unless it is skipped, `never` only when one of the
 * task's tags is asked for.
 */
export function isSelected(taskTags: readonly string[], { tags, skipTags }: TagSelection): boolean {
  return isAskedFor(taskTags, tags.length === 0 ? ['all'] : tags) && !isSkipped(taskTags, skipTags);
}

function isAskedFor(taskTags: readonly string[], asked: readonly string[]): boolean {
  if (taskTags.includes('always') || taskTags.some((tag) => asked.includes(tag))) return true;
  if (taskTags.includes('never')) return false;
  return asked.includes('all') || asked.includes(taskTags.length > 0 ? 'tagged' : 'untagged');
}

function isSkipped(taskTags: readonly string[], skipped: readonly string[]): boolean {
  if (skipped.includes('all')) return !taskTags.includes('always') || skipped.includes('always');
  if (taskTags.some((tag) => skipped.includes(tag))) return true;
  return skipped.includes(taskTags.length > 0 ? 'tagged' : 'untagged');
}

/** The play with the selected tasks. Handlers stay: they run when a selected task notifies them. */
export function selectTags(play: Play, selection: TagSelection): Play {
  if (selection.tags.length === 0 && selection.skipTags.length === 0 && !usesNever(play)) return play;
  return { ...play, body: select(play.body, selection) };
}

function usesNever({ body }: Play): boolean {
  return [...allTasks(body)].some(({ tags }) => tags.includes('never'));
}

function select(nodes: readonly TaskNode[], selection: TagSelection): readonly TaskNode[] {
  return nodes.flatMap((node): readonly TaskNode[] => {
    switch (node.kind) {
      case 'flush':
        return [node];
      case 'task':
        return isSelected(node.tags, selection) ? [node] : [];
      case 'include':
        return isEntered(node, selection) ? [changeIncluded(node, (inner) => select(inner, selection))] : [];
      case 'block': {
        const [block, rescue, always] = [node.block, node.rescue, node.always].map((part) => select(part, selection));
        const isEmpty = [block, rescue, always].every((part) => part?.length === 0);
        return isEmpty ? [] : [{ ...node, block: block ?? [], rescue: rescue ?? [], always: always ?? [] }];
      }
      default:
        return assertNever(node);
    }
  });
}

/** An include is entered for its own tags, or for those of a task in it. */
function isEntered({ tags, known }: Include, selection: TagSelection): boolean {
  if (isSelected(tags, selection)) return true;
  if (tags.includes('never') || isSkipped(tags, selection.skipTags)) return false;
  return [...allTasks(known?.nodes ?? [])].some((task) => isSelected(task.tags, selection));
}

/** @throws UsageError when a tag is asked for that no task has. */
export function checkTags(plays: readonly Play[], { tags, skipTags }: TagSelection): void {
  const tasks = plays.flatMap((play) => [...allTasks(play.body)]);
  // What a name with a template brings is not known before a host comes to it.
  if (tasks.some((task) => task.kind === 'include' && task.known === undefined)) return;
  const known = new Set([...plays.flatMap((play) => play.tags), ...tasks.flatMap((task) => task.tags)]);
  const unknown = [...tags, ...skipTags].find(
    (tag) => !known.has(tag) && ![...special, 'always', 'never'].includes(tag),
  );
  if (unknown === undefined) return;
  const list = known.size === 0 ? 'No task has a tag.' : `Known are ${[...known].toSorted().join(', ')}.`;
  throw new UsageError(`no task has the tag \`${unknown}\``, { hint: didYouMean(unknown, known) ?? list });
}
