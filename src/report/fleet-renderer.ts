import type { FleetView } from './fleet-view.ts';
import { renderFrame } from './frame.ts';
import type { LiveScreen, Terminal } from './live-screen.ts';
import type { Style } from './style.ts';

export interface FleetRendererOptions {
  readonly view: FleetView;
  readonly screen: LiveScreen;
  readonly terminal: Terminal;
  readonly style: Style;
  /** Milliseconds between two frames. */
  readonly everyMs: number;
}

/**
 * The listr2 renderer of a fleet. listr2's own one redraws every row at every event, which costs seconds of CPU with a
 * hundred hosts; this one looks at the view a few times a second, however much happens.
 */
export class FleetRenderer {
  /** listr2 asks for these; the options are always given. */
  static rendererOptions: FleetRendererOptions;
  static rendererTaskOptions: Record<string, never>;
  /** Whoever builds this one has looked at the terminal already. */
  static nonTTY = true;

  readonly #options: FleetRendererOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopListening = (): void => {};

  constructor(_tasks: unknown, options: FleetRendererOptions) {
    this.#options = options;
  }

  render(): void {
    const { screen, terminal, everyMs } = this.#options;
    screen.open();
    this.#stopListening = terminal.onResize(() => {
      screen.redraw();
    });
    this.#timer = setInterval(() => {
      this.#draw();
    }, everyMs);
    // The picture keeps nobody waiting: when all work is done, the process may end.
    this.#timer.unref();
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#options.screen.close();
  }

  #draw(): void {
    const { screen, view, terminal, style } = this.#options;
    screen.draw(renderFrame(view, terminal, style));
  }
}
