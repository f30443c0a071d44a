import type { NetworkInterfaceInfo } from 'node:os'
import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { instanceUrl } from './instance-url.ts'

const base = { netmask: '', mac: '', cidr: null }
const loopback: NetworkInterfaceInfo = {
  ...base,
  address: '127.0.0.1',
  family: 'IPv4',
  internal: true,
}
const v4: NetworkInterfaceInfo = {
  ...base,
  address: '192.0.2.7',
  family: 'IPv4',
  internal: false,
}
const v6: NetworkInterfaceInfo = {
  ...base,
  address: '2001:db8::7',
  family: 'IPv6',
  internal: false,
  scopeid: 0,
}
const link: NetworkInterfaceInfo = { ...v6, address: '2001:db8::8', scopeid: 2 }

test('without an advertised URL an instance names the host that it listens on', () => {
  expect(instanceUrl({ host: '192.0.2.1' }, 3001)).toBe('http://192.0.2.1:3001')
  expect(instanceUrl({ host: '2001:db8::1' }, 3001)).toBe('http://[2001:db8::1]:3001')
  expect(instanceUrl({ host: '0.0.0.0' }, 3001)).toMatch(/^http:\/\/[^.].*:3001$/)
})

test('an advertised URL may name the address of the machine and the port', () => {
  const http = { host: '0.0.0.0', advertisedUrl: 'http://{address}:{port}/' }
  const at = (...addresses: NetworkInterfaceInfo[]): string =>
    instanceUrl(http, 3001, () => ({ lo: [loopback], eth0: addresses }))
  expect(at(v6, v4)).toBe('http://192.0.2.7:3001')
  expect(at(link, v6)).toBe('http://[2001:db8::7]:3001')
  expect(() => at(link)).toThrow(OperatorError)
})

test('an advertised URL without placeholders is used as it is', () => {
  const http = { host: '0.0.0.0', advertisedUrl: 'https://broker-1.example.com/' }
  expect(instanceUrl(http, 3001)).toBe('https://broker-1.example.com')
})
