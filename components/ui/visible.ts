// Controls, bidirectional overrides, zero-width and other invisible characters: what could make a name read as another.
const hidden = /\p{Cc}|\p{Cf}|\p{Co}|\p{Zl}|\p{Zp}|\p{Variation_Selector}|[\u115f\u1160\u3164\uffa0]/gu

/** Text from outside with everything invisible spelled out, e.g. `‹U+202E›`. Newline and tab stay. */
export const visible = (text: string): string =>
  text.replace(hidden, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  )
