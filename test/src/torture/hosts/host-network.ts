import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Of the documentation (RFC 5737): nothing outside of the namespaces has such an address. */
const NETWORK = '192.0.2'
/** A hardware address that no host has: what is sent there is lost without a word. */
const NOWHERE = '02:00:00:00:ff:ff'
const IP = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].find((file) => existsSync(file))

/** The command, with its first arguments, that runs a program in a network, a process table and mounts of its own, which end with it. */
export const ALONE = [
  'unshare',
  ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
] as const

export const NO_HOSTS =
  'Hosts as network namespaces need root, `unshare` and `ip`, and a kernel that permits them.'

/** Whether this machine can make hosts. */
export function canMakeHosts(): boolean {
  const [file, ...args] = ALONE
  const probe = `${IP} link add hosts type bridge && ${IP} link add left type veth peer name right`
  return (
    IP !== undefined &&
    process.getuid?.() === 0 &&
    spawnSync(file, [...args, '/bin/sh', '-c', probe]).status === 0
  )
}

/** A host: an address of its own, and nothing else that others reach. */
export interface Host {
  readonly name: string
  readonly address: string
  /** Runs a program on it: the command and its first arguments. */
  readonly by: readonly string[]
}

/**
 * Hosts on one Ethernet, each a network namespace. This process is a host of it, too. Only for a process that `ALONE` has started: everything that
 * it makes ends with that process.
 */
export class HostNetwork {
  readonly address = `${NETWORK}.1`
  readonly range = `${NETWORK}.0/24`
  readonly #hosts: Host[] = []

  constructor() {
    // Where `ip` keeps the names of the namespaces, seen by this process only.
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
    ip('link set lo up')
    ip('link add hosts type bridge')
    ip(`address add ${this.address}/24 dev hosts`)
    ip('link set hosts up')
  }

  add(name: string): Host {
    const at = this.#hosts.length + 2
    const host = {
      name,
      address: `${NETWORK}.${at}`,
      by: [String(IP), 'netns', 'exec', name],
    }
    ip(`netns add ${name}`)
    ip(`link add port-${at} type veth peer name eth0 netns ${name}`)
    ip(`link set port-${at} master hosts up`)
    ip(`-n ${name} address add ${host.address}/24 dev eth0`)
    ip(`-n ${name} link set eth0 up`)
    ip(`-n ${name} link set lo up`)
    this.#hosts.push(host)
    return host
  }

  /** From now on nothing that one of them sends reaches the other, and no error is reported. */
  cut(a: Host, b: Host): void {
    for (const [from, to] of bothWays(a, b))
      ip(`-n ${from.name} neigh replace ${to.address} lladdr ${NOWHERE} dev eth0 nud permanent`)
  }

  heal(a: Host, b: Host): void {
    for (const [from, to] of bothWays(a, b)) ip(`-n ${from.name} neigh del ${to.address} dev eth0`)
  }
}

function bothWays(a: Host, b: Host): readonly (readonly [Host, Host])[] {
  return [
    [a, b],
    [b, a],
  ]
}

function ip(words: string): void {
  execFileSync(String(IP), words.split(' '), {
    timeout: 10_000,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}
