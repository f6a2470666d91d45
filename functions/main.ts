/**
 * Entry of the app. The setting `APP_ROLE` decides here, and nowhere else, which functions exist: `portal` serves people's browsers,
 * `api` serves machines (operator API, SM-DP+ notices, queue and timer), `all` (the default) does both on a laptop.
 */
const role = process.env.APP_ROLE ?? 'all'

export {}

if (role !== 'portal' && role !== 'api' && role !== 'all')
  throw new Error(`APP_ROLE is "${role}"; set it to portal, api or all`)

await import('./health')
if (role !== 'api') await import('./portal')
if (role !== 'portal') {
  await import('./operator-api')
  await import('./profile-progress')
  await import('./wake-order')
  await import('./sweep')
}
