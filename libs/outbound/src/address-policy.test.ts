import { expect, test } from 'vitest'
import { AddressPolicy } from './address-policy.ts'
import { checkOutboundUrl } from './outbound-url.ts'

const nothing = new AddressPolicy({ allow: [], denyPorts: [] })

test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
  'the public address %s is allowed',
  (address) => expect(nothing.allows(address, 443)).toBe(true),
)

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:10.1.2.3',
  '::ffff:7f00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:808:808::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '',
  'localhost',
  '127.1',
  '0x7f000001',
])('%j, which is not public, is refused', (address) =>
  expect(nothing.allows(address, 443)).toBe(false),
)

test('a network of the setting is allowed but for the denied ports, and nothing beside it', () => {
  const policy = new AddressPolicy({
    allow: ['127.0.0.0/8', '::1', '10.1.0.0/16', 'fd00::/8', '64:ff9b::/96'],
    denyPorts: [5432],
  })
  const allowed = (address: string, port = 80) => policy.allows(address, port)
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '10.1.2.3', 'fd00::5', '64:ff9b::a00:1'])
    expect([address, allowed(address)]).toEqual([address, true])
  expect(allowed('::ffff:127.0.0.1')).toBe(true)
  for (const address of ['10.2.0.1', '192.168.0.1', 'fc00::1', '169.254.169.254', '0.0.0.0'])
    expect([address, allowed(address)]).toEqual([address, false])
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'fd00::5'])
    expect([address, allowed(address, 5432)]).toEqual([address, false])
  expect(allowed('8.8.8.8', 5432)).toBe(true)
})

test.each([
  'http://127.0.0.1',
  'http://2130706433/',
  'http://0x7f.1:8080',
  'http://0177.0.0.1',
  'http://127.1',
  'http://127.0.0.1.',
  'http://①②⑦.0.0.1',
  'http://[::1]:5432',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:a9fe:a9fe]/latest',
  'https://[fd00::1]',
  'http://localhost:11434',
  'http://LOCALHOST.',
  'http://api.localhost',
  'http://169.254.169.254/latest/meta-data',
  'http://0/',
])('the URL %s is refused before anything is stored', (url) =>
  expect(() => checkOutboundUrl(nothing, url)).toThrow(/outbound\.allow/),
)

test('names are judged when they are connected to, and public addresses at once', () => {
  for (const url of [
    'https://api.example.com/v1',
    'http://8.8.8.8',
    'http://localhost.example.com',
  ])
    expect(() => checkOutboundUrl(nothing, url)).not.toThrow()
})
