import type { Mutant } from './mutate.ts'

const ACCESS_TEST = ['libs/operations/src/access/access.test.ts']
const VISIBILITY_TESTS = ['libs/bus/src/directory/visibility.test.ts']
const POOL_TESTS = ['libs/bus/src/directory']
const KEYPAL_TESTS = ['libs/keypal']
const LIVE_TESTS = ['libs/service/src/identity/identity-watcher.test.ts']
const POLICY_TESTS = ['libs/outbound']

/** Rules of rights, keys, pools, signatures and outside addresses. */
export const ACCESS_MUTANTS: readonly Mutant[] = [
  {
    rule: 'A message that another key signed is dropped.',
    file: 'libs/bus/src/wire/codec.ts',
    find: '!signers.some((signer) => signer.verify(body, mac))',
    replace: 'mac === undefined',
    tests: ['libs/bus/src/wire/codec.test.ts'],
  },
  {
    rule: 'A message of another wire version is dropped.',
    file: 'libs/bus/src/wire/codec.ts',
    find: '!text.startsWith(head)',
    replace: 'text === head',
    tests: ['libs/bus/src/wire/codec.test.ts'],
  },
  {
    rule: 'An operation that requires a scope needs an identity.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: 'if (identity === undefined) return false\n    const granted',
    replace: 'if (identity === undefined) return true\n    const granted',
    tests: ACCESS_TEST,
  },
  {
    rule: 'All required scopes must be granted.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: 'if (all[at]?.coveredBy(granted) === false) return false',
    replace: 'if (all[at]?.coveredBy(granted) === false) continue',
    tests: ACCESS_TEST,
  },
  {
    rule: 'One of the alternative scopes must be granted.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: 'return any.length === 0 || any.some(',
    replace: 'return any.length >= 0 || any.some(',
    tests: ACCESS_TEST,
  },
  {
    rule: 'An input that names no resource is refused.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: 'return named.length > 0',
    replace: 'return named.length >= 0',
    tests: ACCESS_TEST,
  },
  {
    rule: 'All resources of a list must be allowed.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: 'if (!this.#allowsId(resources, id)) return false',
    replace: 'if (this.#allowsId(resources, id)) return true',
    tests: ACCESS_TEST,
  },
  {
    rule: 'A grant on one resource is none on another.',
    file: 'libs/operations/src/access/access-rule.ts',
    find: "(from === 'any' &&",
    replace: "(from !== 'none' &&",
    tests: ACCESS_TEST,
  },
  {
    rule: 'While a spoke of the caller is there, the pool is made of the own spokes alone.',
    file: 'libs/bus/src/directory/pool-view.ts',
    find: "if (own.some(({ status }) => status !== 'inactive')) return viewOf(entry, own, own)",
    replace: '',
    tests: POOL_TESTS,
  },
  {
    rule: 'The owner who offered a name first decides the contract of the pool.',
    file: 'libs/bus/src/directory/pool-view.ts',
    find: 'providers.filter(({ ownerId }) => ownerId === owner)',
    replace: 'providers.filter(({ ownerId }) => ownerId !== undefined || owner === undefined)',
    tests: POOL_TESTS,
  },
  {
    rule: 'A provider that breaks the contract of the pool is no member.',
    file: 'libs/bus/src/directory/pool-view.ts',
    find: 'poolMisfit(provider.spec, spec) === undefined)',
    replace: "poolMisfit(provider.spec, spec) !== ''",
    tests: POOL_TESTS,
  },
  {
    rule: 'A member of a pool has the major version of the pool.',
    file: 'libs/bus/src/directory/pool-fit.ts',
    find: 'if (major(poolContract.version) !== major(spec.version))',
    replace: "if (major(poolContract.version) === '')",
    tests: POOL_TESTS,
  },
  {
    rule: 'A spoke serves only the organizations that the caller is a member of.',
    file: 'libs/bus/src/directory/visibility.ts',
    find: 'identity.orgIds?.includes(orgId) === true',
    replace: 'identity.orgIds?.includes(orgId) !== false',
    tests: VISIBILITY_TESTS,
  },
  {
    rule: 'What serves an account alone is closed to its turns in sessions of others.',
    file: 'libs/bus/src/directory/visibility.ts',
    find: ' && identity.sharedOnly !== true',
    replace: '',
    tests: POOL_TESTS,
  },
  {
    rule: 'A grant on a spoke without the action call does not open it.',
    file: 'libs/bus/src/directory/visibility.ts',
    find: "(actions.includes('call') || actions.includes('*'))",
    replace: 'actions.length > 0',
    tests: VISIBILITY_TESTS,
  },
  {
    rule: 'An expired key is refused.',
    file: 'libs/keypal/src/verifier.ts',
    find: 'if (getExpirationTime(metadata.expiresAt) <= nowMs) return EXPIRED',
    replace: '',
    tests: KEYPAL_TESTS,
  },
  {
    rule: 'A remembered key that has expired meanwhile is refused.',
    file: 'libs/keypal/src/verifier.ts',
    find: 'if (entry.expiresAtMs <= nowMs) return EXPIRED',
    replace: '',
    tests: KEYPAL_TESTS,
  },
  {
    rule: 'A revoked key is refused.',
    file: 'libs/keypal/src/verifier.ts',
    find: 'if (metadata.revokedAt !== null) return REVOKED',
    replace: '',
    tests: KEYPAL_TESTS,
  },
  {
    rule: 'A key is not admitted from memory while the change list is not read.',
    file: 'libs/keypal/src/verifier.ts',
    find: 'if (entry.staleAtMs <= nowMs || !this.#options.isFresh()) return undefined',
    replace: 'if (entry.staleAtMs <= nowMs) return undefined',
    tests: KEYPAL_TESTS,
  },
  {
    rule: 'An open connection makes no call on a key that a change may touch.',
    file: 'libs/service/src/identity/identity-watcher.ts',
    find: 'if (touched !== known || !isGood',
    replace: 'if (!isGood',
    tests: LIVE_TESTS,
  },
  {
    rule: 'An open connection makes no call while the change list is not read.',
    file: 'libs/service/src/identity/identity-watcher.ts',
    find: 'return this.#isFresh() || performance.now() - knownAt <= STALE_MS',
    replace: 'return true',
    tests: LIVE_TESTS,
  },
  {
    rule: 'Text nested deeper than the limit is not parsed.',
    file: 'libs/std/src/parse-json.ts',
    find: 'jsonTextDepth(text, maxDepth) > maxDepth',
    replace: 'jsonTextDepth(text, maxDepth) > 1e9',
    tests: ['libs/std'],
  },
  {
    rule: 'A port of the local stack is refused at an allowed address.',
    file: 'libs/outbound/src/address-policy.ts',
    find: 'if (this.#denyPorts.has(port)) return false',
    replace: '',
    tests: POLICY_TESTS,
  },
  {
    rule: 'A name that stands for a private address is refused when it is connected to.',
    file: 'libs/outbound/src/outbound-agent.ts',
    find: 'const allowed = found.filter(({ address }) => policy.allows(address, port))',
    replace: 'const allowed = found',
    tests: POLICY_TESTS,
  },
  {
    rule: 'Another attachment of the spoke makes registrations of the former one invalid.',
    file: 'libs/storage/src/registry/replace-registrations.ts',
    find: 'if (spoke?.epoch === epoch && spoke.status',
    replace: 'if (spoke !== undefined && spoke.status',
    tests: ['libs/storage/src/registry/registry.pg.test.ts'],
  },
  {
    rule: 'A take-over without the attach token resumes no call.',
    file: 'services/spoke-broker/src/registration/attach.ts',
    find: 'same ? await resume(context, spoke, hello.resume) : []',
    replace: 'await resume(context, spoke, hello.resume)',
    tests: ['test/src/e2e/broker-replicas.e2e.test.ts'],
  },
]
