export interface PortOwner {
  readonly pid: number
  readonly name: string
}

/** The process that listens on a TCP port: its name and id where /proc shows them, else undefined. */
export function portOwner(port: number): PortOwner | undefined

/** ` by NAME (process PID)`, or nothing where the system does not say. */
export function byOwner(port: number): string

/** The sentence about the first of the five ports from `first` on where a server answers; undefined when none does. */
export function takenPort(first: number, host?: string): Promise<string | undefined>
