import { OperatorError } from '@alkdev/errors'

export interface UnitOptions {
  /** The clone whose stack it is. */
  readonly clone: string
  /** The folder in which `alkhub up` runs: the dev spoke attaches it. */
  readonly folder: string
  /** The arguments of `alkhub up`. */
  readonly args: readonly string[]
  /** Folders of programs, as in PATH. */
  readonly path: string
  /** Name or number of the account that runs it; undefined in a unit of a user, which that user runs. */
  readonly user: string | undefined
}

/** The first line of a unit, which says whose stack it is. */
export function unitMark(clone: string): string {
  return `# The local stack of ${clone}, written by \`alkhub service install\`.`
}

/**
 * The systemd unit of a local stack. `alkhub up` restarts the processes of the stack, and systemd restarts `alkhub up`. Throws an OperatorError for a path with
 * characters that a unit can't hold.
 */
export function unitText({ clone, folder, args, path, user }: UnitOptions): string {
  const command = [`${clone}/alkhub`, 'up', ...args].map(quoted).join(' ')
  const network = ['Wants=network-online.target', 'After=network-online.target']
  return [
    unitMark(checked(clone)),
    '[Unit]',
    `Description=alkhub, the local stack of ${escaped(clone)}`,
    // The manager of a user does not know the network.
    ...(user === undefined ? [] : network),
    '',
    '[Service]',
    'Type=exec',
    ...(user === undefined ? [] : [`User=${user}`]),
    `WorkingDirectory=${escaped(checked(folder))}`,
    `Environment=${quoted(`PATH=${path}`)}`,
    `ExecStart=${command}`,
    'Restart=on-failure',
    'RestartSec=5',
    '# Stopped while it starts.',
    'SuccessExitStatus=130',
    '# `alkhub up` stops its processes in order within ten seconds, and restarts one that was killed for its memory.',
    'KillMode=mixed',
    'TimeoutStopSec=30',
    'OOMPolicy=continue',
    '',
    '[Install]',
    `WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n')
}

function quoted(text: string): string {
  return `"${escaped(checked(text))}"`
}

/** `%` begins a specifier of systemd. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%')
}

/** True when a unit can hold the text. */
export function isUnitText(text: string): boolean {
  return !/[\p{Cc}"'\\$]/u.test(text)
}

function checked(text: string): string {
  if (isUnitText(text)) return text
  throw new OperatorError(
    `A systemd unit can't hold ${JSON.stringify(text)}.`,
    'Use a path without quotes, backslashes, dollar signs and control characters.',
  )
}
