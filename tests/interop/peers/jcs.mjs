// RFC 8785 by two implementations: canonicalize({texts}) parses each JSON text and writes it canonically.

import {attempt, converse} from './conversation.mjs';
import erdtman from 'canonicalize';
import {canonicalize as rundgren} from 'json-canonicalize';

const each = write => ({texts}) => Promise.all(texts.map(text => attempt(() => write(JSON.parse(text)))));

await converse(() => ({
  canonicalize: each(erdtman),
  'json-canonicalize': each(rundgren),
}));
