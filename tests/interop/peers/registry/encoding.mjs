// Bytes, texts and strict JSON as docs/specs/log-and-map.md, section 1, has them.

import {createHash} from 'node:crypto';

export class Refused extends Error {
  constructor(code, detail = '') {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

export function refuse(unless, code, detail) {
  if(!unless) {
    throw new Refused(code, detail);
  }
}

// Runs a call and gives every refusal of it the same code.
export function as(code, call) {
  try {
    return call();
  } catch(error) {
    throw new Refused(code, error.message);
  }
}

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  parts.forEach(part => hash.update(part));
  return hash.digest();
};
export const Z = Buffer.alloc(32);
export const characters = text => [...text].length;

export function u64(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

function canonical(text, encoding, alphabet) {
  refuse(alphabet.test(text), 'encoding', 'another alphabet');
  const bytes = Buffer.from(text, encoding);
  refuse(bytes.toString(encoding) === text, 'encoding', 'not canonical');
  return bytes;
}

export const base64url = text => canonical(text, 'base64url', /^[A-Za-z0-9_-]*$/);
export const base64 = text => canonical(text, 'base64', /^[A-Za-z0-9+/]*={0,2}$/);

export function hex(text, length) {
  refuse(text.startsWith('0x') && text.length === 2 + 2 * length, 'encoding', 'hex of another length');
  return canonical(text.slice(2), 'hex', /^[0-9a-f]*$/);
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

export function fromBase58(text) {
  let number = 0n;
  for(const character of text) {
    const digit = BASE58.indexOf(character);
    refuse(digit >= 0, 'encoding', 'not base58btc');
    number = number * 58n + BigInt(digit);
  }
  const digits = number.toString(16);
  const body = number === 0n ? Buffer.alloc(0) : Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  return Buffer.concat([Buffer.alloc(/^1*/.exec(text)[0].length), body]);
}

export function toBase58(bytes) {
  let number = BigInt(`0x${bytes.toString('hex') || '0'}`);
  let text = '';
  while(number > 0n) {
    text = BASE58[Number(number % 58n)] + text;
    number /= 58n;
  }
  return '1'.repeat(bytes.findIndex(byte => byte !== 0)) + text;
}

export function multihash34(text) {
  refuse(text.length <= 64, 'encoding', 'a long multihash');
  const bytes = fromBase58(text);
  refuse(bytes.length === 34 && bytes[0] === 0x12 && bytes[1] === 0x20, 'encoding', 'no SHA-256 multihash');
  return bytes;
}

// A number that was written with a fraction or an exponent: never an integer, whatever its value.
export class Double {
  constructor(value) {
    this.value = value;
  }
}

// Parses strict JSON from bytes; throws for anything else.
export function parseJson(bytes) {
  const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  let at = 0;

  const fail = what => {
    throw new Refused('json', `${what} at ${at}`);
  };
  const space = () => {
    while(at < text.length && ' \t\n\r'.includes(text[at])) {
      at++;
    }
  };
  const literal = (word, value) => {
    text.startsWith(word, at) || fail('a word');
    at += word.length;
    return value;
  };

  function string() {
    const match = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    match.lastIndex = at;
    const found = match.exec(text) ?? fail('a string');
    at += found[0].length;
    const value = JSON.parse(found[0]);
    value.isWellFormed() || fail('a lone surrogate');
    return value;
  }

  function number() {
    const match = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    match.lastIndex = at;
    const found = (match.exec(text) ?? fail('a value'))[0];
    at += found.length;
    const value = Number(found);
    Number.isFinite(value) || fail('a number that overflows');
    if(/[.eE]/.test(found)) {
      return new Double(value);
    }
    Number.isSafeInteger(value) || fail('an integer out of range');
    return value;
  }

  function value(depth) {
    space();
    const first = text[at];
    if((first === '{' || first === '[') && depth > 64) {
      fail('too deep');
    }
    switch(first) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return string();
      case 't': return literal('true', true);
      case 'f': return literal('false', false);
      case 'n': return literal('null', null);
      default: return number();
    }
  }

  // The items between two brackets, read by `item`.
  function items(close, item) {
    at++;
    space();
    if(text[at] === close) {
      at++;
      return;
    }
    for(;;) {
      item();
      space();
      const sign = text[at++];
      if(sign === close) {
        return;
      }
      sign === ',' || fail('a comma');
    }
  }

  function array(depth) {
    const found = [];
    items(']', () => found.push(value(depth + 1)));
    return found;
  }

  function object(depth) {
    const found = new Map();
    items('}', () => {
      space();
      const name = string();
      space();
      text[at++] === ':' || fail('a colon');
      !found.has(name) || fail('a name twice');
      found.set(name, value(depth + 1));
    });
    return found;
  }

  const result = value(1);
  space();
  at === text.length || fail('more text');
  return result;
}
