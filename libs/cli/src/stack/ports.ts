import { OperatorError } from '@alkdev/errors'
import { freePort, isPortFree } from '../servers/free-port.ts'

export const serviceNames = [
  'gateway',
  'spoke-broker',
  'inference-proxy',
  'mcp',
  'coordinator',
] as const
export type LocalService = (typeof serviceNames)[number]

export type ServicePorts = Readonly<Record<LocalService, number>>

/**
 * Ports of the five services, in the order of `serviceNames`: from `first` on when it is given (a taken one is an
 * OperatorError), else from 3000 on when all are free, else any free ones.
 */
export async function choosePorts(first: number | undefined, host: string): Promise<ServicePorts> {
  const block = serviceNames.map((_, index) => (first ?? 3000) + index)
  const free = await Promise.all(block.map((port) => isPortFree(port, host)))
  if (free.every(Boolean)) return assign(block)
  if (first !== undefined)
    throw new OperatorError(
      `Port ${block[free.indexOf(false)]} is taken on ${host}.`,
      'Choose another with --port N (the five services take N to N + 4), or leave --port out.',
    )
  const ports = new Set<number>()
  while (ports.size < serviceNames.length) ports.add(await freePort(host))
  return assign([...ports])
}

function assign(ports: readonly number[]): ServicePorts {
  return Object.fromEntries(serviceNames.map((name, index) => [name, ports[index] ?? 0])) as Record<
    LocalService,
    number
  >
}
