import { expect, test } from 'vitest'
import { acceptsGzip } from './accepts-gzip.ts'

test.each(['gzip', 'br, GZIP;q=0.5', 'x-gzip', '*', 'identity;q=0, *;q=0.1'])(
  '%j accepts gzip',
  (header) => expect(acceptsGzip(header)).toBe(true),
)

test.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000, *', '*;q=0'])(
  '%j does not accept gzip',
  (header) => expect(acceptsGzip(header)).toBe(false),
)
