import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate and its private key, PEM. */
export interface Identity {
  cert: string
  key: string
}

/** Two authorities that do not know each other, and what they have signed. Made anew for each run and valid for a day. */
export interface TestCertificates {
  ca: Identity
  /** For `localhost` and 127.0.0.1. */
  server: Identity
  client: Identity
  strangerCa: Identity
  stranger: Identity
  /** Where the files are. */
  folder: string
  /** Deletes the files that the certificates were made in. */
  remove(): Promise<void>
}

async function openssl(folder: string, ...parameters: string[]): Promise<void> {
  try {
    await run('openssl', parameters, { cwd: folder })
  } catch (error) {
    throw new Error('making test certificates needs the openssl command (Node has no X.509 generator)', {
      cause: error,
    })
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

async function authority(folder: string, name: string): Promise<Identity> {
  await openssl(
    folder,
    ...[
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
    ],
  )
  return read(folder, name)
}

async function signed(folder: string, name: string, ca: string, usage: 'serverAuth' | 'clientAuth'): Promise<Identity> {
  await openssl(folder, 'req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  const names = usage === 'serverAuth' ? 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' : ''
  await writeFile(join(folder, `${name}.ext`), `extendedKeyUsage=${usage}\n${names}`)
  await openssl(
    folder,
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial'],
    ...['-out', `${name}.crt`, '-days', '1', '-extfile', `${name}.ext`],
  )
  return read(folder, name)
}

async function read(folder: string, name: string): Promise<Identity> {
  const [cert, key] = await Promise.all(['crt', 'key'].map((kind) => readFile(join(folder, `${name}.${kind}`), 'utf8')))
  return { cert: cert ?? '', key: key ?? '' }
}

/**
 * Makes certificates for tests of mutual TLS, outside the repository.
 *
 * @throws when the `openssl` command is missing
 */
export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  const ca = await authority(folder, 'test-ca')
  const strangerCa = await authority(folder, 'stranger-ca')
  return {
    folder,
    ca,
    strangerCa,
    server: await signed(folder, 'server', 'test-ca', 'serverAuth'),
    client: await signed(folder, 'client', 'test-ca', 'clientAuth'),
    stranger: await signed(folder, 'stranger', 'stranger-ca', 'clientAuth'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * A TLS server that tells clients by an alert when it refuses their certificate, as most do and Node does not.
 * It never answers a request.
 */
export async function startRefusingServer({ folder }: TestCertificates): Promise<{ url: string; stop(): void }> {
  const server = spawn(
    'openssl',
    [
      's_server',
      '-accept',
      '127.0.0.1:0',
      '-cert',
      'server.crt',
      '-key',
      'server.key',
      '-CAfile',
      'test-ca.crt',
    ].concat(['-Verify', '1', '-verify_return_error', '-www']),
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const port = await new Promise<string>((resolve, reject) => {
    let text = ''
    server.stdout.on('data', (chunk) => {
      text += String(chunk)
      const accepted = /ACCEPT \S*:(\d+)/.exec(text)?.[1]
      if (accepted) resolve(accepted)
    })
    server.once('exit', () => reject(new Error('openssl s_server did not start')))
  })
  return { url: `https://localhost:${port}`, stop: () => void server.kill() }
}
