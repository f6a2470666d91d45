import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  completeEid,
  createMatchingId,
  createOrderId,
  eidCheckDigitsPass,
  eidLooksComplete,
  iccidHasValidLuhn,
  imeiHasValidLuhn,
  isInRanges,
  luhnCheckDigit,
  maskIdentifier,
  orderReference,
  padIccid,
  parseEid,
  parseIccid,
  parseImei,
  parseOrderId,
  parseTransactionId,
} from './identifiers'

const digits = (min: number, max = min) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(''))
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** Narrows a parse result that the test knows to be there. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value')
  return value
}

describe('ICCID', () => {
  test.each([
    ['8988247000100003319', '8988247000100003319'],
    ['iccid:8988247000100003319', '8988247000100003319'],
    ['ICCID: 8988247000100003319', '8988247000100003319'],
    ['  iccid:  8988247000100003319  ', '8988247000100003319'],
    ['8988247000100003319F', '8988247000100003319'],
    ['8988247000100003319f', '8988247000100003319'],
    ['988247000100003555', '988247000100003555'],
    ['89000000000000000000', '89000000000000000000'],
  ])('%s is read as %s', (text, iccid) => {
    expect(parseIccid(text)).toBe(iccid)
  })

  test.each([
    '',
    'iccid:',
    '12345678901234567',
    '123456789012345678901',
    '8988247000100003319FF',
    'imsi:8988247000100003319',
    '8988 2470 0010 0003 319',
    '898824700010000331A',
    '٨٩٨٨٢٤٧٠٠٠١٠٠٠٠٣٣١٩',
  ])('%j is not an ICCID', (text) => {
    expect(parseIccid(text)).toBeUndefined()
  })

  test.each([
    ['8988247000100003319', true],
    ['8988247000101867183', true],
    ['8988247000103824828', true],
    ['8947010000123456784', true],
    ['8988247000100003555', false],
    ['89000000000000000000', false],
  ])('the check digit of %s is right: %s', (text, valid) => {
    expect(iccidHasValidLuhn(present(parseIccid(text)))).toBe(valid)
  })

  test('a number completed with its check digit passes, and with any other digit fails', () => {
    fc.assert(
      fc.property(digits(17, 19), fc.integer({ min: 1, max: 9 }), (body, off) => {
        const check = luhnCheckDigit(body)
        expect(iccidHasValidLuhn(present(parseIccid(`${body}${check}`)))).toBe(true)
        expect(iccidHasValidLuhn(present(parseIccid(`${body}${(check + off) % 10}`)))).toBe(false)
      }),
    )
  })

  test('padding is what parsing takes away, and only 19 digits get it', () => {
    fc.assert(
      fc.property(digits(18, 20), (text) => {
        const padded = padIccid(present(parseIccid(text)))
        expect(parseIccid(padded)).toBe(text)
        expect(padded.endsWith('F')).toBe(text.length === 19)
      }),
    )
  })

  test('a long text is turned away as fast as it is read', () => {
    // With two ways to read the blanks this would take a quarter of an hour, and nothing else could be answered meanwhile.
    for (const text of [
      ' '.repeat(1_000_000),
      `iccid:${' '.repeat(1_000_000)}x`,
      `8988247000100003319${' '.repeat(1_000_000)}x`,
    ])
      expect(parseIccid(text)).toBeUndefined()
  })

  test('ranges are inclusive and hold only ICCIDs of their own length', () => {
    const ranges = [{ from: '8988247000100000000', to: '8988247000199999999' }]
    const inside = (text: string) => isInRanges(present(parseIccid(text)), ranges)
    expect(['8988247000100000000', '8988247000199999999', '8988247000100003319F'].every(inside)).toBe(true)
    expect(['8988247000200000000', '898824700010000331', '89882470001000033190'].some(inside)).toBe(false)
  })
})

describe('EID', () => {
  test.each([
    '89033024010400000100000000009136',
    '89033023422130000000000199272786',
    '89001012012341234012345678901224',
    '89001567010203040506070809101152',
    '89044011112233441122334411223321',
    '89034011560010000000000000000121',
    '89044045930000000000001234567853',
    '8904 4045 9300 0000 0000 0012 3456 7853',
  ])('%s is valid', (text) => {
    expect(parseEid(text)).toBe(text.replaceAll(' ', ''))
  })

  test.each([
    '89033024010400000100000000009137',
    '01020300405060708090A0B0C0D0EOF',
    '',
    '8903302401040000010000000000913',
  ])('%j is refused', (text) => {
    expect(parseEid(text)).toBeUndefined()
  })

  test('a complete EID with wrong check digits is told from an incomplete one', () => {
    expect(eidLooksComplete('89033024010400000100000000009137')).toBe(true)
    expect(eidCheckDigitsPass('89033024010400000100000000009137')).toBe(false)
    expect(eidLooksComplete('8903302401040000010000000000913')).toBe(false)
  })

  test('30 digits have one completion, and one wrong digit breaks it', () => {
    fc.assert(
      fc.property(digits(30), fc.integer({ min: 0, max: 31 }), fc.integer({ min: 1, max: 9 }), (body, at, off) => {
        const eid = present(completeEid(body))
        expect(parseEid(eid)).toBe(eid)
        const wrong = eid.slice(0, at) + String((Number(eid[at]) + off) % 10) + eid.slice(at + 1)
        expect(parseEid(wrong)).toBeUndefined()
      }),
    )
    expect(completeEid('123')).toBeUndefined()
  })
})

describe('IMEI', () => {
  test('15 digits are an IMEI whatever the check digit, which is a separate question', () => {
    expect(imeiHasValidLuhn(present(parseImei('490154203237518')))).toBe(true)
    expect(imeiHasValidLuhn(present(parseImei('49-015420-323751-9')))).toBe(false)
  })
  test.each(['', '49015420323751', '4901542032375180', '49015420323751x'])('%j is refused', (text) => {
    expect(parseImei(text)).toBeUndefined()
  })
})

describe('transaction id', () => {
  test('slashes, dots and base64 characters are kept as they are', () => {
    expect(parseTransactionId('/Kx3pQ9mTzW1+a=.2.0.1')).toBe('/Kx3pQ9mTzW1+a=.2.0.1')
  })
  test('64 characters pass, 65, none and control characters do not', () => {
    expect(parseTransactionId('x'.repeat(64))).toBeDefined()
    for (const text of ['x'.repeat(65), '', '  ', 'a\nb', 'a\u0000']) expect(parseTransactionId(text)).toBeUndefined()
  })
})

describe('matching id', () => {
  test('a matching id that we make has no letter that looks like a digit, in 4 groups of 5', () => {
    fc.assert(
      fc.property(bytes(13), (random) => {
        const id = createMatchingId(random)
        expect(id).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/)
      }),
    )
  })
  test('different bytes give different ids', () => {
    fc.assert(
      fc.property(bytes(12), bytes(12), (a, b) => {
        const same = Buffer.compare(a, b) === 0
        const id = (random: Uint8Array) => createMatchingId(Uint8Array.from([...random, 0]))
        expect(id(a) === id(b)).toBe(same)
      }),
    )
  })
  test('too little randomness is an error, not a weak id', () => {
    expect(() => createMatchingId(new Uint8Array(12))).toThrow(
      expect.objectContaining({ code: 'too_few_random_bytes' }),
    )
    expect(() => createOrderId(new Uint8Array(15))).toThrow(expect.objectContaining({ code: 'too_few_random_bytes' }))
  })
})

describe('order id', () => {
  test('order ids are 26 lower-case characters, distinct for distinct bytes, and readable again', () => {
    fc.assert(
      fc.property(bytes(16), bytes(16), (a, b) => {
        const id = createOrderId(a)
        expect(parseOrderId(id)).toBe(id)
        expect(encodeURIComponent(id)).toBe(id)
        expect(id === createOrderId(b)).toBe(Buffer.compare(a, b) === 0)
      }),
    )
  })
  test('other texts are not order ids', () => {
    for (const text of ['', 'x'.repeat(25), 'X'.repeat(26), 'i'.repeat(26), '../../etc', 'u'.repeat(26)]) {
      expect(parseOrderId(text)).toBeUndefined()
    }
  })
  test('the reference for people is short and has the form MP-XXXX-XXXX', () => {
    expect(orderReference(createOrderId(new Uint8Array(16).fill(255)))).toBe('MP-ZZZZ-ZZZZ')
  })
})

test('a masked identifier shows four characters at most, and none of a short text', () => {
  expect(maskIdentifier('8988247000100003319')).toBe('…3319')
  expect(maskIdentifier('short')).toBe('…')
  fc.assert(fc.property(fc.string(), (text) => maskIdentifier(text).length <= 5))
})
