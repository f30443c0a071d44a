import type { InstanceInfo } from '@alkdev/bus'

/** A registered instance on a port of this machine. */
export function instance(port: number, load = 0): InstanceInfo {
  const url = `http://127.0.0.1:${port}`
  return {
    instanceId: String(port),
    service: 'inference-proxy',
    url,
    draining: false,
    load,
    startedAt: 0,
  }
}

/** The leases of the instances; `look` is called when they are read again. */
export function leases(
  instances: () => readonly InstanceInfo[],
  look = async (): Promise<void> => {},
) {
  return { instances, lookForInstances: look }
}
