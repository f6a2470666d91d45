import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { build } from 'esbuild'
import { sampleOperator } from '../../../shared/portal/pages/fixtures'
import { renderStyles } from '../../../shared/portal/styles'

/** The portal's content security policy, so that a page which needs more fails here. */
export const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'"

/** The client script as the build makes it. */
export async function buildScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['shared/portal/client/portal.ts'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'edge18',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** The style sheet as the build makes it, without the brand's colours. */
export async function buildSheet(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['shared/portal/styles/portal.css'],
    minify: true,
    target: 'edge18',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** What was sent, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** Serves pages and assets with the portal's own policy on a free port. */
export class PortalServer {
  readonly #server: Server
  /** Path to answer; the query is not part of it. */
  readonly answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()

  private constructor(assets: ReadonlyMap<string, readonly [type: string, content: string]>) {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const asset = assets.get(path)
      response.setHeader('Content-Security-Policy', policy)
      if (asset) return void response.setHeader('Content-Type', asset[0]).end(asset[1])
      const answer = this.answers.get(path)
      if (answer) return answer(request, response)
      response.statusCode = 404
      response.end()
    })
  }

  static async start(): Promise<PortalServer> {
    const [script, sheet, logo] = await Promise.all([
      buildScript(),
      buildSheet(),
      readFile('shared/portal/brand/logo.svg', 'utf8'),
    ])
    const server = new PortalServer(
      new Map([
        ['/portal/assets/portal.js', ['text/javascript', script]],
        ['/portal/assets/portal.css', ['text/css', renderStyles(sampleOperator(), sheet, logo)]],
        ['/portal/assets/logo.svg', ['image/svg+xml', logo]],
      ]),
    )
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  /** Serves a page at a path, whatever the method. */
  page(path: string, html: string): void {
    this.answers.set(
      path,
      (_, response) => void response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html),
    )
  }

  get origin(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the server is not listening')
    return `http://127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
