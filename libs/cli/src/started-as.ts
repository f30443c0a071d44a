import type { Io } from './command.ts'

/** How this program was started, for the commands that its texts recommend: `./alkhub` in a clone, its path in another folder, else `alkhub`. */
export function startedAs({ env }: Pick<Io, 'env'>): string {
  const name = env['ALKHUB_STARTED_AS']
  return name !== undefined && /^\.{0,2}\/[\w./-]*$/.test(name) ? name : 'alkhub'
}

/** A text of this program, with the commands that it recommends as they have to be typed here. */
export function asStarted(text: string, io: Pick<Io, 'env'>): string {
  return text.replaceAll(/`alkhub(?=[ `])/g, `\`${startedAs(io)}`)
}
