/** Brands: a value of these types has been checked by the parser of the same name. */
declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }

/** 18 to 20 digits, without padding. */
export type Iccid = Branded<string, 'Iccid'>
/** 32 digits, mod 97 = 1. */
export type Eid = Branded<string, 'Eid'>
/** 15 digits. */
export type Imei = Branded<string, 'Imei'>
/** Upper-case letters, digits and `-`. The only secret that opens the download. */
export type MatchingId = Branded<string, 'MatchingId'>
/** Up to 64 characters, decoded, as received. */
export type TransactionId = Branded<string, 'TransactionId'>
