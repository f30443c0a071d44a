import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command, Io } from '../command.ts'
import { consoleLink } from '../hub/console-link.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { print } from '../hub/print.ts'

/** Programs that open an address in the browser of the user, by system. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'open',
  linux: 'xdg-open',
}

/** `alkhub console` */
export const console: Command = {
  usage: '[options]',
  summary:
    'Opens the console in the browser, with a link that logs in once within five minutes. Without a browser, and with --no-open, it prints the link.',
  flags: {
    ...hubFlags,
    'no-open': { type: 'boolean', summary: 'Print the link and open nothing.' },
  },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const url = await consoleLink(hub)
    const isJson = args.flag('json')
    const opened = !isJson && !args.flag('no-open') && io.stdout.isTTY && (await open(url, io))
    print(io, isJson, { url, expiresInMs: 300_000 }, () =>
      opened ? `Opened ${hub.url}/console/ in the browser.` : url,
    )
    return 0
  },
}

/** True when a program took the address. There is none on a machine without a desktop. */
async function open(url: string, { env }: Io): Promise<boolean> {
  const program = OPENERS[process.platform]
  const isDesktop = process.platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']
  if (program === undefined || !isDesktop) return false
  const child = spawn(program, [url], { stdio: 'ignore', detached: true })
  child.unref()
  return Promise.race([
    once(child, 'spawn').then(() => true),
    once(child, 'error').then(() => false),
  ])
}
