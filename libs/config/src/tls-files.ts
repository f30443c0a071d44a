import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isAbsolute, resolve } from 'node:path'
import { Secret } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { Type } from '@alkdev/typebox'
import { readText } from './config-file.ts'
import type { ConfigFailure } from './failure.ts'
import { text } from './field.ts'

/** Settings of a section whose server may be reached over TLS. */
export const tlsFiles = {
  caFile: Type.Optional(
    text(
      'PEM file with the authorities that sign the certificates of the servers, with TLS, relative to the config file. Default: those of Node.',
    ),
  ),
  certFile: Type.Optional(
    text('PEM file with the certificate of the hub, for servers that ask for one.'),
  ),
  keyFile: Type.Optional(
    text('PEM file with the private key of `certFile`, without a passphrase.'),
  ),
}

export interface TlsFiles {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** Certificates as PEM texts. */
export interface TlsCertificates {
  readonly ca?: string
  readonly cert?: string
  readonly key?: Secret
}

export interface TlsContext {
  readonly section: string
  /** Folder of the config file. */
  readonly folder: string
  /** Whether the section asks for TLS, and the setting that would. */
  readonly isOn: boolean
  readonly setting: string
  readonly failures: ConfigFailure[]
}

/**
 * Reads the files of a section; undefined without any. What is wrong goes to `failures`: files without TLS, a certificate without its key, and
 * files that can't be read or hold something else.
 */
export async function tlsCertificates(
  files: TlsFiles,
  { section, folder, isOn, setting, failures }: TlsContext,
): Promise<TlsCertificates | undefined> {
  const { certFile, keyFile } = files
  const before = failures.length
  const fail = (name: string, expected: string): void =>
    void failures.push({ path: `${section}.${name}`, expected })
  for (const name of ['caFile', 'certFile', 'keyFile'] as const)
    if (files[name] !== undefined && !isOn) fail(name, `is of no use without TLS; set ${setting}`)
  if (certFile !== undefined && keyFile === undefined)
    fail('keyFile', 'is missing; expected the key of certFile')
  if (keyFile !== undefined && certFile === undefined)
    fail('certFile', 'is missing; expected the certificate of keyFile')
  if (failures.length > before) return undefined
  const read = async (
    name: keyof TlsFiles,
    what: string,
    check: (pem: string) => unknown,
  ): Promise<string | undefined> => {
    const file = files[name]
    if (file === undefined) return undefined
    const path = isAbsolute(file) ? file : resolve(folder, file)
    try {
      const pem = await readText('file', path, '')
      if (holds(pem, check)) return pem
      fail(name, `names a file that holds no ${what} as PEM`)
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      fail(name, `names a file that is unusable: ${error.message}`)
    }
    return undefined
  }
  const ca = await read('caFile', 'certificate', (pem) => new X509Certificate(pem))
  const cert = await read('certFile', 'certificate', (pem) => new X509Certificate(pem))
  const key = await read('keyFile', 'private key without a passphrase', createPrivateKey)
  if (ca === undefined && cert === undefined) return undefined
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key: new Secret(key) }),
  }
}

function holds(pem: string, check: (pem: string) => unknown): boolean {
  try {
    check(pem)
    return true
  } catch {
    return false
  }
}
