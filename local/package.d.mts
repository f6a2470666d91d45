/** See `package.mjs`. */
export function pack(options?: {
  root?: string
  out?: string
}): Promise<{ folder: string; zip: string; bytes: number; files: string[] }>
