import type { FlagSpec, Parsed } from './command.ts'

/** `--to` of a command that writes a file or folder, and its other name `--out`. */
export function outputFlags(summary: string, value: 'FILE' | 'DIR') {
  return {
    to: { type: 'string', value, summary },
    out: { type: 'string', value, summary: 'Another name of --to.', hidden: true },
  } as const satisfies Record<string, FlagSpec>
}

/** The path that --to names. */
export function outputOf(args: Parsed): string | undefined {
  return args.text('to') ?? args.text('out')
}
