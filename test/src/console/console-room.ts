import { openBrowser } from './console-page.ts'
import type { ConsoleBrowser } from './console-page.ts'
import { startDemoHub } from './demo-hub.ts'
import type { DemoHub, DemoHubOptions } from './demo-hub.ts'

/** For what another process must do first. */
export const WAIT = { timeout: 60_000 }

/** A hub with its console, and a browser. */
export interface ConsoleRoom extends AsyncDisposable {
  readonly demo: DemoHub
  readonly browser: ConsoleBrowser
}

export async function openRoom(options: DemoHubOptions = {}): Promise<ConsoleRoom> {
  await using stack = new AsyncDisposableStack()
  const demo = stack.use(await startDemoHub(options))
  const browser = stack.use(await openBrowser(demo.hub.gateway))
  const owned = stack.move()
  return { demo, browser, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
