import type { Server } from 'node:net'

export interface PortOwner {
  readonly pid: number
  readonly name: string
}

/** Listens on a port; resolves with the listening server, or undefined when the port is taken. */
export function holdPort(port: number, host?: string): Promise<Server | undefined>

/** The process that listens on a TCP port: its name and id where /proc shows them, else undefined. */
export function portOwner(port: number): PortOwner | undefined

/** ` by NAME (process PID)`, or nothing where the system does not say. */
export function byOwner(port: number): string

/** The sentence about the first taken port of the five from `first` on; undefined when all are free. */
export function takenPort(first: number, host?: string): Promise<string | undefined>
