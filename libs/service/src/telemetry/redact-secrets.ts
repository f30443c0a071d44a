const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // API keys of the hub: prefix and random part.
  [/\balk_[A-Za-z0-9_-]{8,}/g, 'alk_[hidden]'],
  [/\b(bearer)[ .]+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [hidden]'],
  // Keys of common model providers.
  [/\bsk-[A-Za-z0-9_-]{12,}/g, 'sk-[hidden]'],
  // The length of the scheme is bounded: otherwise a long text of words with dashes takes quadratic time.
  // user:password@ of any URL; up to the last @ before the host, because passwords may contain one.
  [/\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s"'/]+@/gi, '$1[hidden]@'],
]

/** The text without anything that looks like a secret. For text that leaves the process as a log line or a message. */
export function redactSecrets(text: string): string {
  let clean = text
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement)
  return clean
}
