const ASTERISK = 42
const COLON = 58

/**
 * Whether granted scopes cover a required one. `*` covers everything, `namespace:*` every verb of the namespace; else they must be equal.
 */
export function coversScope(granted: string | readonly string[], required: string): boolean {
  return typeof granted === 'string' ? coversOne(granted, required) : coversAny(granted, required)
}

export function coversAny(granted: readonly string[], required: string): boolean {
  for (let at = 0; at < granted.length; at++) {
    const scope = granted[at]
    if (scope !== undefined && coversOne(scope, required)) return true
  }
  return false
}

/** Makes no strings: every call passes here. */
function coversOne(granted: string, required: string): boolean {
  if (granted === required) return true
  const last = granted.length - 1
  if (last < 0 || granted.charCodeAt(last) !== ASTERISK) return false
  if (last === 0) return true
  if (granted.charCodeAt(last - 1) !== COLON || required.length <= last) return false
  for (let at = 0; at < last; at++)
    if (granted.charCodeAt(at) !== required.charCodeAt(at)) return false
  return true
}
