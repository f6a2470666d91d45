/** Identifiers typed by hand, from the Settings dialog "Cellular Device Identifiers" or from the PC's box. */
import {
  type Eid,
  eidLooksComplete,
  type Iccid,
  type Imei,
  iccidHasValidLuhn,
  imeiHasValidLuhn,
  parseEid,
  parseIccid,
  parseImei,
} from './identifiers'

/** A field of the form. */
export type DeviceField = 'eid' | 'imei' | 'iccid'

/** What is wrong with a field: `missing` (and required), not only digits, too few or too many of them, or a typing slip somewhere. */
export type DeviceFieldProblem = 'missing' | 'not-digits' | 'wrong-length' | 'check-digit'

/** Outcome of {@link parseDeviceEntry}. Warnings are for the person to look again; they do not stop them. */
export type ParsedDeviceEntry =
  | {
      ok: true
      identifiers: { eid?: Eid; imei?: Imei; iccid?: Iccid }
      warnings: { field: DeviceField; problem: 'check-digit' }[]
    }
  | { ok: false; problems: { field: DeviceField; problem: DeviceFieldProblem }[] }

/**
 * Reads the form. Blanks and hyphens are ignored. A wrong check digit stops an EID, which a profile would be bound to; in IMEI and ICCID it
 * warns, since real devices and cards break that rule.
 *
 * @param required fields that must be filled in
 */
export function parseDeviceEntry(
  fields: Readonly<Partial<Record<DeviceField, string>>>,
  required: readonly DeviceField[],
): ParsedDeviceEntry {
  const identifiers: { eid?: Eid; imei?: Imei; iccid?: Iccid } = {}
  const problems: { field: DeviceField; problem: DeviceFieldProblem }[] = []
  const warnings: { field: DeviceField; problem: 'check-digit' }[] = []
  const text = (field: DeviceField) => (fields[field] ?? '').slice(0, 200).replaceAll(/[\s-]/g, '')
  for (const field of ['eid', 'imei', 'iccid'] as const) {
    const typed = text(field)
    if (typed === '') {
      if (required.includes(field)) problems.push({ field, problem: 'missing' })
    } else if (!/^\d+$/.test(field === 'iccid' ? typed.replace(/F$/i, '') : typed)) {
      problems.push({ field, problem: 'not-digits' })
    } else if (field === 'eid') {
      const eid = parseEid(typed)
      if (eid !== undefined) identifiers.eid = eid
      else problems.push({ field, problem: eidLooksComplete(typed) ? 'check-digit' : 'wrong-length' })
    } else if (field === 'imei') {
      const imei = parseImei(typed)
      if (imei === undefined) problems.push({ field, problem: 'wrong-length' })
      else {
        identifiers.imei = imei
        if (!imeiHasValidLuhn(imei)) warnings.push({ field, problem: 'check-digit' })
      }
    } else {
      const iccid = parseIccid(typed)
      if (iccid === undefined) problems.push({ field, problem: 'wrong-length' })
      else {
        identifiers.iccid = iccid
        if (!iccidHasValidLuhn(iccid)) warnings.push({ field, problem: 'check-digit' })
      }
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, identifiers, warnings }
}
