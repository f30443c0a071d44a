import { AddressPolicy } from './address-policy.ts'

/** For addresses that only the operator can name, in the configuration. */
export const ANY_ADDRESS = new AddressPolicy({ allow: ['0.0.0.0/0', '::/0'], denyPorts: [] })
