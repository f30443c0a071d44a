const SHELL = '/bin/sh'
const NAME = 'alkhub-watch'

/**
 * Runs the command ($1) and, beside it, a process that kills the group when the spoke has ended: the spoke holds the other end of descriptor 3,
 * which the command does not have.
 */
const SCRIPT = `(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec ${SHELL} -c "$1"`

/** The program and the arguments that run a command in a process group that ends with the spoke. Descriptor 3 must be a pipe. */
export function guardedShell(command: string): readonly [string, readonly string[]] {
  return [SHELL, ['-c', SCRIPT, NAME, command]]
}

/** True for the arguments of the process that watches. */
export function isWatch(args: readonly string[]): boolean {
  return args[2] === SCRIPT && args[3] === NAME
}
