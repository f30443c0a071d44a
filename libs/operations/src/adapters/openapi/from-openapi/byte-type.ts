import { mediaTypeOf } from './media-type.ts'

/** The first bytes of files of a type as hexadecimal digits, `.` for any digit. */
const SIGNATURES: readonly (readonly [type: string, start: string])[] = [
  ['image/png', '89504e470d0a1a0a'],
  ['image/jpeg', 'ffd8ff'],
  ['image/gif', '47494638'],
  ['image/webp', '52494646........57454250'],
  ['image/bmp', '424d'],
  ['image/tiff', '49492a00'],
  ['image/tiff', '4d4d002a'],
  ['image/avif', '........6674797061766966'],
  ['image/heic', '........6674797068656963'],
  ['image/svg+xml', '3c737667'],
  ['audio/wav', '52494646........57415645'],
  ['audio/mpeg', '494433'],
  ['audio/mpeg', 'fffb'],
  ['audio/ogg', '4f676753'],
  ['audio/flac', '664c6143'],
  ['video/mp4', '........66747970'],
  ['video/webm', '1a45dfa3'],
  ['application/pdf', '255044462d'],
  ['application/zip', '504b0304'],
  ['application/gzip', '1f8b'],
]
const MAX_SIGNATURE_BYTES = 12

/** Types that files of these bytes may be of, the most exact one first. */
function typesOfBytes(bytes: Uint8Array): string[] {
  const start = Buffer.from(bytes.subarray(0, MAX_SIGNATURE_BYTES)).toString('hex')
  return SIGNATURES.flatMap(([type, signature]) =>
    new RegExp(`^${signature}`).test(start) ? [type] : [],
  )
}

/** Whether a media type is one of a range such as `image/*`, or the type itself. */
export function isOfRange(type: string, range: string): boolean {
  const [of, given] = [mediaTypeOf(range), mediaTypeOf(type)]
  if (!of.includes('*')) return of === given
  return of === '*/*' || of === '*' || given.startsWith(of.slice(0, of.indexOf('*')))
}

/**
 * The media type to send bytes with where the document names several types or ranges, separated by commas: the one that the bytes begin
 * like, else the first that is exact, else `application/octet-stream` where a range contains it. Undefined where no type is known.
 */
export function typeForBytes(documented: string, bytes: Uint8Array): string | undefined {
  const ranges = documented.split(',').map((range) => range.trim())
  if (ranges.length === 1 && !documented.includes('*')) return documented
  const found = typesOfBytes(bytes).find((type) => ranges.some((range) => isOfRange(type, range)))
  if (found !== undefined) return found
  const octets = 'application/octet-stream'
  return (
    ranges.find((range) => !range.includes('*')) ??
    (ranges.some((range) => isOfRange(octets, range)) ? octets : undefined)
  )
}
