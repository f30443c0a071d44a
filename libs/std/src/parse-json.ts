/** Levels of objects and arrays that a JSON value from outside may have: `[]` has one. */
export const MAX_JSON_DEPTH = 512

/** A JSON value has more levels of objects and arrays than are allowed. */
export class JsonDepthError extends Error {
  override readonly name = 'JsonDepthError'
  readonly maxDepth: number

  constructor(maxDepth: number) {
    super(`It is nested deeper than ${maxDepth} levels.`)
    this.maxDepth = maxDepth
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * The levels of objects and arrays in a JSON text, in time linear in its length; one more than `limit` as soon as they exceed it. A text that is not JSON gets
 * some number: whether it is JSON is for the parser to say.
 */
function jsonTextDepth(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth > deepest) {
        if (depth > limit) return depth
        deepest = depth
      }
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1
  }
  return deepest
}

/** Where the string that begins at `start` ends: its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return at
  }
  return text.length
}

/** True when the text has at most `limit` opening brackets, those in strings included, so that it can't be deeper. Spares most texts the slower scan. */
function opensFew(text: string, limit: number): boolean {
  if (text.length <= limit) return true
  let left = limit
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      left -= 1
      if (left < 0) return false
    }
  return true
}

/**
 * Whether a JSON text has more than `limit` objects and arrays, in time linear in its length: parsed, each takes many times its two bytes. A text that is not JSON
 * gets some answer.
 */
export function hasMoreNodes(text: string, limit: number): boolean {
  if (opensFew(text, limit)) return false
  let nodes = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      nodes += 1
      if (nodes > limit) return true
    }
  }
  return false
}

/** Whether a JSON text has more than `maxDepth` levels of objects and arrays. */
export function isTextNestedDeeper(text: string, maxDepth: number = MAX_JSON_DEPTH): boolean {
  return !opensFew(text, maxDepth) && jsonTextDepth(text, maxDepth) > maxDepth
}

/**
 * `JSON.parse` for text from outside. Throws JsonDepthError for a text with more than `maxDepth` levels before anything is parsed, SyntaxError for one that is not
 * JSON. A member `__proto__` becomes an own property, as in JSON.parse.
 */
export function parseJson(text: string, maxDepth: number = MAX_JSON_DEPTH): unknown {
  if (isTextNestedDeeper(text, maxDepth)) throw new JsonDepthError(maxDepth)
  return JSON.parse(text)
}

/**
 * `JSON.parse` with null in place of every object and array below `maxDepth` levels: to read the outer members of a text that is too deep. Throws SyntaxError when
 * the rest is not JSON.
 */
export function parseJsonOutline(text: string, maxDepth: number): unknown {
  const kept: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth === maxDepth + 1) kept.push(text.slice(from, at), 'null')
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth === maxDepth + 1) from = at + 1
      depth -= 1
    }
  }
  if (depth <= maxDepth) kept.push(text.slice(from))
  return JSON.parse(kept.join(''))
}

/**
 * Whether a value that was not read from text (a call inside of the process, parameters that a library has parsed) has more than `maxDepth` levels of objects and
 * arrays. True for a value that contains itself. Reads own enumerable members, and no elements of typed arrays; what a getter throws, it throws. Members that
 * several objects share are read once a level, so that the time does not double with each.
 */
export function isNestedDeeper(value: unknown, maxDepth: number = MAX_JSON_DEPTH): boolean {
  let level = new Set<object>()
  if (typeof value === 'object' && value !== null) level.add(value)
  for (let depth = 0; level.size > 0; depth += 1) {
    if (depth >= maxDepth) return true
    const below = new Set<object>()
    for (const node of level)
      if (!ArrayBuffer.isView(node))
        for (const member of Array.isArray(node) ? node : Object.values(node))
          if (typeof member === 'object' && member !== null) below.add(member)
    level = below
  }
  return false
}
