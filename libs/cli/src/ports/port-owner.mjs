// Plain JavaScript: the launcher runs it with whichever Node (18 or later) the machine has, before the packages are there.
// Its types are in port-owner.d.mts.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { basename } from 'node:path'

const LISTEN = '0A'
const SERVICES = 5
const ANSWER_MS = 1000

/** The process that listens on a TCP port: its name and id where /proc shows them, else undefined. */
export function portOwner(port) {
  try {
    const inodes = listeningInodes(port)
    for (const pid of inodes.size === 0 ? [] : readdirSync('/proc'))
      if (/^\d+$/.test(pid) && holdsSocket(pid, inodes))
        return { pid: Number(pid), name: nameOf(pid) }
  } catch {
    // No /proc, as on macOS.
  }
  return undefined
}

function listeningInodes(port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text = ''
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      continue
    }
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === LISTEN && local.endsWith(`:${wanted}`)) inodes.add(inode)
    }
  }
  return inodes
}

function holdsSocket(pid, inodes) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
        return target.startsWith('socket:[') && inodes.has(target.slice(8, -1))
      } catch {
        return false
      }
    })
  } catch {
    // A process of another user.
    return false
  }
}

/** The program, and of an interpreter also its script; other arguments could be secrets. */
function nameOf(pid) {
  const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const name = basename(program) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  const runs = /^(node|deno|bun|python[\d.]*|ruby|java|perl)$/.test(name)
  return (runs && script !== '' && !script.startsWith('-') ? `${name} ${script}` : name)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
}

/** ` by NAME (process PID)`, or nothing where the system does not say. */
export function byOwner(port) {
  const owner = portOwner(port)
  return owner === undefined ? '' : ` by ${owner.name} (process ${owner.pid})`
}

/** The sentence about the first of the five ports from `first` on where a server answers; undefined when none does. */
export async function takenPort(first, host = '127.0.0.1') {
  for (let port = first; port < first + SERVICES; port += 1)
    if (await answers(port, host)) return `Port ${port} on ${host} is taken${byOwner(port)}.`
  return undefined
}

/** Connects, because listening would for a moment take the port from the service of a stack that is being started. */
function answers(port, host) {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: ANSWER_MS })
    const end = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
