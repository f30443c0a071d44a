import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An authority, and a certificate that it signed. The files can be read by every user of the machine. */
export interface TestCertificates extends AsyncDisposable {
  readonly folder: string
  /** PEM text of the authority. */
  readonly ca: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

/** Makes an authority and a certificate with `openssl`. `names`: as in a subjectAltName, such as `IP:127.0.0.1` or `DNS:db.example`. */
export async function makeCertificates(
  names: readonly string[] = ['IP:127.0.0.1'],
): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  const path = (name: string): string => join(folder, name)
  const [caFile, caKey] = [path('ca.pem'), path('ca-key.pem')]
  const [certFile, keyFile] = [path('cert.pem'), path('key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { timeout: 60_000 })
  await openssl(
    ...['req', '-x509', ...key, '-keyout', caKey, '-out', caFile, '-days', '2'],
    ...['-subj', '/CN=authority of a test'],
  )
  await openssl(
    ...['req', '-x509', ...key, '-keyout', keyFile, '-out', certFile, '-days', '2'],
    ...['-subj', '/CN=server of a test', '-CA', caFile, '-CAkey', caKey],
    ...['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=CA:FALSE'],
  )
  await chmod(folder, 0o755)
  for (const file of [caFile, certFile, keyFile]) await chmod(file, 0o644)
  return {
    folder,
    ca: await readFile(caFile, 'utf8'),
    caFile,
    certFile,
    keyFile,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
