/** Who may call the endpoints for machines: `access` of operator.json with its certificates read, ready to decide with. */
import type { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccessConfig, SystemRight } from '../domain/access-schema'
import type { BearerConfig } from './bearer-token'
import { CertificateBundleError, type CertificatePolicy, readCertificates } from './client-certificate'
import { digicertGlobalRootG2 } from './digicert-global-root-g2'

/** Who may call. What is absent was not configured. */
export interface Access {
  mobilePlans?: { methods: 'certificate' | 'basic' | 'both' | 'either'; certificates: CertificatePolicy }
  smdp?: { certificates: CertificatePolicy }
  systems?: readonly SystemAccess[]
}

/** A system of the operator's, which is known by one of the two. */
export interface SystemAccess {
  name: string
  may: readonly SystemRight[]
  certificates?: CertificatePolicy
  oauth?: BearerConfig
}

/**
 * Subject of the Mobile Plans service's certificate.
 *
 * @see Mobile Plans "Account management", authentication
 */
export const mobilePlansSubject: Readonly<Record<string, string>> = {
  C: 'US',
  ST: 'WA',
  L: 'Redmond',
  O: 'Microsoft Corporation',
  CN: 'partners.datamart.windows.com',
}

/** A certificate that operator.json names cannot be read. `path` says where in operator.json. */
export class AccessError extends Error {
  readonly code = 'access_invalid'
  constructor(
    readonly path: string,
    readonly reason: string,
    options?: { cause?: unknown },
  ) {
    super(`operator.json, ${path}: ${reason}`, options)
    this.name = 'AccessError'
  }
}

/**
 * Reads the certificates that `access` names.
 *
 * @param folders where its paths may start, in order: the folder of operator.json, and that of the build, which keeps copies
 * @throws {AccessError} when one is missing or unreadable
 */
export async function readAccess(config: AccessConfig, folders: readonly string[]): Promise<Access> {
  const { mobilePlans, smdp, systems } = config
  const access: Access = {}
  const read = (path: string, given: Parameters<typeof readPolicy>[1]) => readPolicy(`access.${path}`, given, folders)
  if (mobilePlans !== undefined) {
    const { roots = [digicertGlobalRootG2], subject = mobilePlansSubject } = mobilePlans
    const wanted = subject === 'any' ? undefined : subject
    access.mobilePlans = {
      methods: mobilePlans.methods,
      certificates: await read('mobilePlans', { ...mobilePlans, roots, subject: wanted }),
    }
  }
  if (smdp !== undefined) access.smdp = { certificates: await read('smdp', smdp) }
  if (systems !== undefined) {
    const list = systems.map(async ({ name, may, certificates, oauth }, at): Promise<SystemAccess> => {
      const policy = certificates && (await read(`systems[${at}].certificates`, certificates))
      return { name, may, ...(policy && { certificates: policy }), ...(oauth && { oauth }) }
    })
    access.systems = await Promise.all(list)
  }
  return access
}

async function readPolicy(
  path: string,
  given: {
    roots: readonly string[]
    intermediates: readonly string[]
    subject?: Readonly<Record<string, string>> | undefined
    thumbprints: readonly string[]
  },
  folders: readonly string[],
): Promise<CertificatePolicy> {
  const all = async (name: 'roots' | 'intermediates') => {
    const lists = given[name].map((source, at) => readSource(`${path}.${name}[${at}]`, source, folders))
    return (await Promise.all(lists)).flat()
  }
  return {
    roots: await all('roots'),
    intermediates: await all('intermediates'),
    subject: given.subject,
    thumbprints: new Set(given.thumbprints),
  }
}

async function readSource(path: string, source: string, folders: readonly string[]): Promise<X509Certificate[]> {
  const pem = source.startsWith('-----') ? source : await readFirst(path, source, folders)
  try {
    return readCertificates(pem)
  } catch (cause) {
    if (!(cause instanceof CertificateBundleError)) throw cause
    throw new AccessError(path, cause.message, { cause })
  }
}

async function readFirst(path: string, file: string, folders: readonly string[]): Promise<string> {
  let failure: unknown
  for (const folder of folders) {
    try {
      return await readFile(join(folder, file), 'utf8')
    } catch (cause) {
      failure = cause
    }
  }
  throw new AccessError(path, 'there is no such file, or it cannot be read', { cause: failure })
}
