// Addresses on a network.
import { isIpAddress } from '../checks/ip.ts'
import { isMacAddress } from '../checks/mac.ts'
import type { Detector } from '../detector.ts'
import { inAnyCase } from './words.ts'

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
const V4 = `(?:${OCTET}\\.){3}${OCTET}`
// Of software, of documents.
const VERSION = `(?:${inAnyCase('version|section|release')})[\\s:="']+`
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
      {
        grammar: new RegExp(`${V4}(?:/(?:3[0-2]|[12]?[0-9]))?`),
        notAfter: new RegExp(`[A-Za-z0-9_]|[A-Za-z0-9_\\]]\\.|${VERSION}`),
      },
      // IPv6 in full, then with `::` for the groups that are zero; with or without its zone and a prefix length. It only
      // ends in `::` where a prefix length follows.
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
    ],
    notBefore: /[A-Za-z0-9_:-]/,
    check: isMacAddress,
    score: 0.9,
    source: 'https://standards.ieee.org/products-programs/regauth/',
    found: 'wlan0 is 3c:22:fb:9a:01:7e',
    nearMiss: 'At 10:20:30:40:50 to ff:ff:ff:ff:ff:ff',
  },
]
