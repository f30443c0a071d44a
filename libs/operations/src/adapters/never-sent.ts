import { CodedError } from '@alkdev/errors'

/** Failures before a request, or during the connection that it needs. */
const NEVER_SENT = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
  'BLOCKED_PORT',
])
/** Node's names of OpenSSL's certificate errors: the handshake ends before the request. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT|ERROR_IN_CRL|ERR_TLS_CERT_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|OUT_OF_MEM$|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$)/
/** Alerts and errors that occur only in a handshake. */
const HANDSHAKE =
  /^ERR_SSL_(?:WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|HTTP_REQUEST|NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|NO_SHARED_CIPHER|PACKET_LENGTH_TOO_LONG|CERTIFICATE_VERIFY_FAILED|DH_KEY_TOO_SMALL|EE_KEY_TOO_SMALL|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|[A-Z0-9/]+_(?:ALERT_)?(?:HANDSHAKE_FAILURE|PROTOCOL_VERSION|INSUFFICIENT_SECURITY|NO_APPLICATION_PROTOCOL|UNRECOGNIZED_NAME))$/

/**
 * Whether an error of `fetch` says that the request never left: no address, no connection, no TLS session, a port that is not connected to.
 * Nothing has run then, and the call may be repeated. Every other failure leaves that unknown.
 */
export function wasNeverSent(error: unknown): boolean {
  const code = failureCode(error)
  if (
    code !== undefined &&
    (NEVER_SENT.has(code) || CERTIFICATE.test(code) || HANDSHAKE.test(code))
  )
    return true
  return causesOf(error).some(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo')
}

/** Codes of the system and of `fetch`, which say more than those of a library that uses them. */
function isOfTransport(code: string): boolean {
  return (
    NEVER_SENT.has(code) ||
    /^(?:E[A-Z0-9]+|UND_ERR_.+)$/.test(code) ||
    CERTIFICATE.test(code) ||
    HANDSHAKE.test(code)
  )
}

/** The code of an error or of what caused it; `BLOCKED_PORT` for the ports that the Fetch standard forbids. */
export function failureCode(error: unknown): string | undefined {
  const codes = causesOf(error).flatMap(({ code, message }) => {
    if (typeof code === 'string') return [code]
    return message === 'bad port' ? ['BLOCKED_PORT'] : []
  })
  return codes.find((code) => isOfTransport(code)) ?? codes[0]
}

/** A coded error that made `fetch` fail, for instance the refusal of a dispatcher that restricts addresses. */
export function codedCause(error: unknown): CodedError | undefined {
  return chainOf(error).find((one) => one instanceof CodedError)
}

interface Cause {
  readonly code: unknown
  readonly syscall: unknown
  readonly message: string
}

function causesOf(error: unknown): Cause[] {
  return chainOf(error).map((one) => {
    const { code, syscall } = one as { code?: unknown; syscall?: unknown }
    return { code, syscall, message: one.message }
  })
}

function chainOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let at: unknown = error; at instanceof Error && chain.length < 8;) {
    chain.push(at)
    const { errors } = at as { errors?: unknown }
    // Several addresses of one host were tried.
    at = Array.isArray(errors) && errors[0] instanceof Error ? errors[0] : at.cause
  }
  return chain
}
