/**
 * Reads a .NET time span (`hh:mm:ss`, `d.hh:mm:ss`, fraction of seconds allowed) as milliseconds.
 *
 * @returns `undefined` when the text is not a time span
 * @see "host.json reference for Azure Functions": every interval there has this form
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$/.exec(text.trim())
  if (!match) return undefined
  const [days, hours, minutes, seconds] = [match[1], match[2], match[3], match[4]].map((part) => Number(part ?? 0))
  if (days === undefined || hours === undefined || minutes === undefined || seconds === undefined) return undefined
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const fraction = match[5] === undefined ? 0 : Number(`0${match[5]}`)
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds + fraction) * 1000)
}
