import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const gzipped = promisify(gzip)

/** Bodies below this gain nothing, in bytes. */
const worthwhile = 1024
const compressible = /^(?:text\/|application\/json|image\/svg)/

/** Whether the client takes gzip (`Accept-Encoding`, RFC 9110, section 12.5.3). */
export function takesGzip(header: string | null): boolean {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .some((part) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?:1(?:\.0{0,3})?|0\.\d*[1-9]\d*)\s*)?$/.test(part))
}

/** The same answer with a gzipped body where that is asked for and worth it; Azure Functions does not compress. */
export async function compressed(request: Request, response: Response): Promise<Response> {
  if (!compressible.test(response.headers.get('content-type') ?? '') || response.headers.has('content-encoding'))
    return response
  response.headers.append('Vary', 'Accept-Encoding')
  if (!takesGzip(request.headers.get('accept-encoding')) || request.method === 'HEAD' || response.status === 304)
    return response
  const body = Buffer.from(await response.arrayBuffer())
  const { status, headers } = response
  if (body.length <= worthwhile) return new Response(body, { status, headers })
  headers.set('Content-Encoding', 'gzip')
  headers.delete('Content-Length')
  return new Response(await gzipped(body, { level: 6 }), { status, headers })
}
