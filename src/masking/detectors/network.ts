// Addresses on a network.
import { isIpAddress } from '../checks/ip.ts'
import type { Detector } from '../detector.ts'

export const network: readonly Detector[] = [
  {
    name: 'ip',
    placeholder: '[IP]',
    family: 'personal',
    forms: [
      // IPv4, with or without a prefix length; not the end of a longer run of numbers and dots.
      {
        grammar:
          /(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\/(?:3[0-2]|[12]?[0-9]))?/,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]]\./,
      },
      // IPv6, with or without its zone and a prefix length; not the end of a path with double colons.
      {
        grammar:
          /(?:[0-9A-Fa-f]{1,4}:|::)(?:[0-9A-Fa-f]{0,4}:){0,6}(?:[0-9A-Fa-f]{0,4}|(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))(?:%[A-Za-z0-9]{1,15})?(?:\/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?/,
        notAfter: /[A-Za-z0-9_\]]|[:\]]:/,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isIpAddress,
    score: 0.9,
    source: 'https://www.rfc-editor.org/rfc/rfc4291#section-2.2',
    found: 'ssh 192.168.17.4 or fe80::1ff:fe23:4567:890a',
    nearMiss: 'At 12:30:45 release v1.2.3.4 used std::a and 256.1.1.1x.',
  },
]
