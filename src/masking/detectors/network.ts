// Addresses on a network.
import { isIpAddress } from '../checks/ip.ts'
import { isMacAddress } from '../checks/mac.ts'
import type { Detector } from '../detector.ts'
import { announcedBy, inAnyCase } from './words.ts'

// Without zeros before it (RFC 3986, section 3.2.2): `01.42.68.53` begins a telephone number.
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const LONG = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9][0-9])'
const V4 = `(?:${OCTET}\\.){3}${OCTET}`
// One of its numbers has two digits: else it may be a section's number.
const V4_LONG = [3, 2, 1, 0]
  .map((after) => `(?:${OCTET}\\.){${3 - after}}${LONG}(?:\\.${OCTET}){${after}}`)
  .join('|')
const V4_SHORT = '[0-9](?:\\.[0-9]){3}'
const V4_PREFIX = '(?:/(?:3[0-2]|[12]?[0-9]))?'
// Of software, of documents; in the name of a browser (RFC 9110, section 10.1.5).
const VERSION = `(?:${inAnyCase('version|section|release')})s?[\\s:="'-]+|§+\\s?|(?:Chrom(?:e|ium)|OPR|Edge?)/`
const NOT_AFTER_V4 = `[A-Za-z0-9_]|[A-Za-z0-9_\\]]\\.|${VERSION}`
const GROUP = '[0-9A-Fa-f]{1,4}'
const ZONE = '%[A-Za-z0-9]{1,15}(?:\\.[0-9]{1,4})?'
const PREFIX = '/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])'
const V6_END = `(?:${ZONE})?(?:${PREFIX})?`
// Not the end of a path with double colons, nor of a longer run of numbers and colons.
const NOT_AFTER_V6 = /[A-Za-z0-9_\]]|[0-9:\]]:/

export const network: readonly Detector[] = [
  {
    name: 'ip',
    placeholder: '[IP]',
    family: 'personal',
    forms: [
      // IPv4, with or without a prefix length; not the end of a longer run of numbers and dots.
      { grammar: new RegExp(`(?:${V4_LONG})${V4_PREFIX}`), notAfter: new RegExp(NOT_AFTER_V4) },
      { grammar: new RegExp(`${V4_SHORT}${V4_PREFIX}`), notAfter: new RegExp(`${NOT_AFTER_V4}|[/*#] `) },
      // IPv6 in full, then with `::` for the groups that are zero; with or without its zone and a prefix length.
      {
        grammar: new RegExp(`(?:${GROUP}:){6}(?:${GROUP}:${GROUP}|${V4})${V6_END}`),
        notAfter: NOT_AFTER_V6,
      },
      {
        grammar: new RegExp(
          `(?:${GROUP}(?::${GROUP}){0,6})?::(?:(?:${GROUP}:){0,6}(?:${GROUP}|${V4})${V6_END}|(?:${ZONE})?${PREFIX})`,
        ),
        notAfter: NOT_AFTER_V6,
      },
      { grammar: new RegExp(`${GROUP}(?::${GROUP}){0,6}::`), notAfter: NOT_AFTER_V6 },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isIpAddress,
    score: 0.9,
    source: 'https://www.rfc-editor.org/rfc/rfc4291#section-2.2',
    found: 'ssh 192.168.17.4 or fe80::1ff:fe23:4567:890a',
    nearMiss: 'At 12:30:45 release v1.2.3.4 used std::a and 256.1.1.1x.',
  },
  {
    name: 'mac-address',
    placeholder: '[MAC_ADDRESS]',
    family: 'personal',
    forms: [
      {
        grammar:
          /[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?::[0-9A-Fa-f]{2}){7}|(?:-[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){7})/,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][:-]/,
      },
      {
        grammar: /[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2,3}/,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][.-]/,
      },
      // Pairs with spaces, or with nothing between, are bytes of anything, unless they are announced.
      {
        grammar: /[0-9A-Fa-f]{2}(?:(?: [0-9A-Fa-f]{2}){5}|(?: [0-9A-Fa-f]{2}){7}|(?:[0-9A-Fa-f]{2}){5})/,
        after: announcedBy(' mac', 'macaddr', 'hwaddr', 'hardware address', 'physical address'),
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][.:-]/,
      },
    ],
    notBefore: /[A-Za-z0-9_:-]/,
    check: isMacAddress,
    score: 0.9,
    source: 'https://standards.ieee.org/products-programs/regauth/',
    found: 'wlan0 is 3c:22:fb:9a:01:7e',
    nearMiss: 'At 10:20:30:40:50 to ff:ff:ff:ff:ff:ff',
  },
]
