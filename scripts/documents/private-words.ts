/**
 * Words of other places that must not appear here: the hash of `alkhub:` and the word in lower case, SHA-256, first 16 hexadecimal
 * digits. `node scripts/check-documents.ts --hash WORD` prints the hash of a word.
 */
export const PRIVATE_WORDS: ReadonlySet<string> = new Set([
  '16ff3a9c5a1394d0',
  '993057873d6c5e5b',
  'f6532f78d92d2594',
  '801288a88a1c556a',
])

/** Files that must name addresses of private networks, with the reason. */
export const MAY_NAME_PRIVATE_ADDRESSES: Readonly<Record<string, string>> = {
  'docs/deploy/kubernetes/base/network-policies.yaml':
    'keeps private networks out of what may be reached',
  'docs/guides/add-a-model-provider.md': 'explains how to allow a server of a private network',
  'libs/cli/src/commands/config.test.ts': 'reads a range of addresses from the command line',
  'libs/cli/src/commands/config/init.ts': 'the range of the network that Compose makes',
  'libs/config/src/resolve.ts': 'an example of a range',
  'libs/config/src/sections/http.ts': 'an example of a range',
  'libs/config/src/sections/outbound.ts': 'an example of a range',
  'libs/outbound/src/address-policy.test.ts': 'tests which addresses are private',
  'libs/outbound/src/address-policy.ts': 'decides which addresses are private',
  'libs/outbound/src/dns-rebinding.test.ts': 'a name that changes to a private address',
  'libs/outbound/src/outbound-agent.test.ts': 'a name with a private address',
  'services/coordinator/src/webhooks/check-webhook-url.test.ts': 'refuses private addresses',
  'services/gateway/src/client-configs.pg.test.ts': 'refuses private addresses',
  'services/inference-proxy/src/proxy-endpoints.pg.test.ts': 'hides a private address',
  'services/inference-proxy/src/relay/upstream-error.test.ts': 'hides a private address',
  'services/mcp/src/routes/origin-check.test.ts': 'refuses private addresses',
}

/** Files that must contain what looks like a credential, with the reason. Paths, or folders that end with `/`. */
export const MAY_NAME_CREDENTIALS: Readonly<Record<string, string>> = {
  'libs/storage/src/call-log/redact.test.ts': 'invented keys that must be redacted',
  'services/gateway/src/operations.pg.test.ts': 'an invented key that must not be shown',
  'services/inference-proxy/src/redact/secret-scrubber.test.ts':
    'an invented key that must be redacted',
  'test/src/e2e/identity-secrets.e2e.test.ts': 'invented keys that must not be shown',
  'test/src/e2e/inference.e2e.test.ts': 'an invented key that must not be shown',
  'test/src/fuzz/fuzz-hub.ts': 'an invented key that must not be shown',
}
