import { encode } from 'uqr'

/**
 * A QR code as SVG markup: error correction M, quiet zone of four modules, one unit per module, dark on white also on a dark page.
 * One path of horizontal runs keeps it small, `crispEdges` keeps scanners happy.
 *
 * @param text what a camera reads, such as `LPA:1$smdp.example.net$7H2K-QX4M`
 * @param title what it is, for people who do not see it; must not contain the code itself
 * @see ISO/IEC 18004; GSMA SGP.22 §4.1
 */
export function renderQr(text: string, title: string): string {
  const { data, size } = encode(text, { ecc: 'M', boostEcc: false, border: 4 })
  let path = ''
  data.forEach((row, y) => {
    let x = 0
    while (x < size) {
      if (!row[x]) {
        x += 1
        continue
      }
      const start = x
      while (x < size && row[x]) x += 1
      path += `M${start} ${y}h${x - start}v1H${start}z`
    }
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img" aria-label="${escapeText(title)}" ` +
    `shape-rendering="crispEdges"><title>${escapeText(title)}</title>` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  )
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
