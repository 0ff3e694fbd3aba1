import type { SeededRandom } from './seeded-random.ts';

/** Where a value is wanted: its scalar type, and the field with its type. */
export interface FakePlace {
  readonly scalar: string;
  readonly field: string;
  readonly owner: string;
}

type Make = (random: SeededRandom, place: FakePlace) => unknown;

const FIRST_NAMES = [
  'Ana',
  'Ben',
  'Chiara',
  'Diego',
  'Emma',
  'Farid',
  'Grace',
  'Hugo',
  'Ines',
  'Jonas',
  'Keiko',
  'Luis',
  'Mira',
  'Nils',
  'Olga',
  'Willis',
];
const LAST_NAMES = [
  'Alvarez',
  'Becker',
  'Costa',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ito',
  'Jensen',
  'Kaya',
  'Lopez',
  'Moreau',
  'Novak',
  'Okafor',
];
const WORDS = [
  'amber',
  'bridge',
  'cedar',
  'delta',
  'ember',
  'field',
  'garden',
  'harbour',
  'island',
  'juniper',
  'lantern',
  'meadow',
  'north',
  'orchard',
  'river',
  'stone',
];
const CITIES = ['Berlin', 'Bogotá', 'Cairo', 'Kyoto', 'Lagos', 'Lisbon', 'Lyon', 'Mérida', 'Oslo', 'Porto', 'Quito', 'Toronto'];
const COUNTRIES = ['BR', 'CA', 'DE', 'EG', 'ES', 'FR', 'JP', 'MX', 'NG', 'NO', 'PT', 'US'];
const CURRENCIES = ['EUR', 'GBP', 'MXN', 'USD'];
const FIRST_DAY = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;

const word: Make = (random) => random.pick(WORDS);
const words =
  (count: number): Make =>
  (random) => {
    const text = Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
const hex = (random: SeededRandom, digits: number): string =>
  Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('');
const uuid: Make = (random) =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(random, 3)}-${hex(random, 12)}`;
const moment = (random: SeededRandom): string =>
  new Date(FIRST_DAY + random.between(0, 364) * DAY_MS + random.between(0, 86_399) * 1_000).toISOString();
const day: Make = (random) => moment(random).slice(0, 10);
const fullName: Make = (random) => `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase();
const email: Make = (random) => `${plain(random.pick(FIRST_NAMES))}.${plain(random.pick(LAST_NAMES))}@example.com`;
const money: Make = (random) => `${random.between(1, 999)}.${String(random.between(0, 99)).padStart(2, '0')}`;
const url: Make = (random) => `https://example.com/${random.pick(WORDS)}/${random.between(1, 999)}`;
const id: Make = (random, { field, owner }) => `${plain(field.replace(/_?ids?$/i, '')) || plain(owner)}-${hex(random, 8)}`;

/** What a field's name says, the first that fits; for text, and for scalars that are not known. */
const BY_NAME: readonly (readonly [RegExp, Make])[] = [
  [/uuid$/i, uuid],
  [/(^|_)ids?$|[a-z]I[dD]s?$/, id],
  [/email/i, email],
  [/^(first|given)_?name$/i, (random) => random.pick(FIRST_NAMES)],
  [/^(last|family|sur)_?name$/i, (random) => random.pick(LAST_NAMES)],
  [/^(user|nick|login|account)_?name$|^login$|^handle$/i, (random) => `${plain(random.pick(FIRST_NAMES))}${random.between(1, 99)}`],
  [/(file|host)_?name$/i, (random) => `${random.pick(WORDS)}-${random.between(1, 99)}.example`],
  [/name$|^(author|owner|customer)$/i, fullName],
  [/currency/i, (random) => random.pick(CURRENCIES)],
  [/amount|price|balance|total|cost|fee|salary/i, money],
  [/country/i, (random) => random.pick(COUNTRIES)],
  [/city|town/i, (random) => random.pick(CITIES)],
  [/(zip|postal|post)_?code/i, (random) => String(random.between(10_000, 99_999))],
  [/street|address/i, (random) => `${random.between(1, 200)} ${words(1)(random, { scalar: '', field: '', owner: '' }) as string} Street`],
  [/phone|mobile|fax/i, (random) => `+1 555 01${String(random.between(0, 99)).padStart(2, '0')}`],
  [/(url|uri|link|href|website|image|avatar|picture|photo)$/i, url],
  [/([dD]ate|birthday|[a-z]Day|[a-z]On)$/, day],
  [/(time|timestamp|moment|[a-z]At|_at)$/, (random) => moment(random)],
  [/cursor|token|hash|checksum/i, (random) => hex(random, 16)],
  [/slug|key$|code$/i, (random) => `${random.pick(WORDS)}-${random.pick(WORDS)}`],
  [/colou?r/i, (random) => `#${hex(random, 6)}`],
  [/locale|language|lang$/i, (random) => random.pick(['de-DE', 'en-GB', 'es-MX', 'fr-FR'])],
  [/version/i, (random) => `${random.between(0, 9)}.${random.between(0, 9)}.${random.between(0, 9)}`],
  [/title|subject|headline|label/i, words(3)],
  [/description|text|body|comment|summary|content|message|bio|note|reason/i, words(8)],
];

/** Custom scalars by their usual names, in lower case and without underscores. */
const BY_SCALAR: Readonly<Record<string, Make>> = {
  datetime: moment,
  timestamp: moment,
  instant: moment,
  date: day,
  localdate: day,
  time: (random) => moment(random).slice(11, 19),
  duration: (random) => `PT${random.between(1, 59)}M`,
  uuid,
  guid: uuid,
  objectid: (random) => hex(random, 24),
  email,
  emailaddress: email,
  url,
  uri: url,
  decimal: money,
  bigdecimal: money,
  money,
  currency: (random) => random.pick(CURRENCIES),
  currencycode: (random) => random.pick(CURRENCIES),
  countrycode: (random) => random.pick(COUNTRIES),
  long: (random) => random.between(1, 1_000_000),
  bigint: (random) => String(random.between(1, 1_000_000)),
  positiveint: (random) => random.between(1, 100),
  nonnegativeint: (random) => random.between(0, 100),
  json: (random) => ({ [random.pick(WORDS)]: random.between(1, 100) }),
  jsonobject: (random) => ({ [random.pick(WORDS)]: random.between(1, 100) }),
  phonenumber: (random) => `+1555010${String(random.between(0, 99)).padStart(2, '0')}`,
  void: () => null,
};

const number: Make = (random, { field }) => {
  if (/age$/i.test(field)) return random.between(18, 90);
  if (/year/i.test(field)) return random.between(1990, 2025);
  if (/rating|stars|score/i.test(field)) return random.between(1, 5);
  return random.between(1, 100);
};

const decimal: Make = (random, { field }) => {
  const between = (min: number, max: number): number => Math.round((min + random.next() * (max - min)) * 100) / 100;
  if (/^lat/i.test(field)) return between(-90, 90);
  if (/^(lon|lng)/i.test(field)) return between(-180, 180);
  if (/rating|stars|score/i.test(field)) return between(1, 5);
  return between(1, 1_000);
};

/** A value that looks like what a field of this name and type holds. The same place and random give the same value. */
export function fakeScalar(place: FakePlace, random: SeededRandom): unknown {
  switch (place.scalar) {
    case 'ID':
      return /uuid$/i.test(place.field) ? uuid(random, place) : id(random, place);
    case 'Int':
      return number(random, place);
    case 'Float':
      return decimal(random, place);
    case 'Boolean':
      return /^has(Next|Previous)/.test(place.field) ? false : random.next() < 0.5; // a client that pages through must come to an end
    default: {
      const known = BY_SCALAR[place.scalar.toLowerCase().replaceAll('_', '')];
      const byName = BY_NAME.find(([pattern]) => pattern.test(place.field))?.[1];
      return (known ?? byName ?? (place.scalar === 'String' ? word : words(1)))(random, place);
    }
  }
}
