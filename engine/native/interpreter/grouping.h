/* Instructions that do the work of several: the layers and reductions of a program, and all instructions in order.
 *
 * An instruction is its code, its result, the number of its words, and these: places, each with what it is for. */
enum {
    READ, LITERAL = 1 << 28, VARYING = 2 << 28, CONSTANT = 3 << 28, FOUND = 4 << 28,    /* a number; a register that is read */
    PASSING = 5 << 28, TIMED = 6 << 28, PLACES = 1 << 28                                 /* GATE and TIMES, with a register */
};

/* Whether a group that begins at a place may share a sum with these: of a tile, only the last would be kept. */
static int meets(const Fusion *fusion, const Place *z, uint32_t first)
{
    for (uint32_t k = 0; z->code == CODE_reduce && k < z->n; k++)
        if (fusion->adding[fusion->targets[z->result + k]] >= first)
            return 1;
    return 0;
}

/* Let an instruction be part of the group that reads the same, if one is near; gives the first part's place. */
static uint32_t join(Fusion *fusion, uint32_t at)
{
    Place *z = &fusion->places[at], *places = fusion->places;
    uint32_t *known = entry(fusion, z->code, operands_of(fusion, at), z->n), first = *known;
    if (!first || at - first > NEAR || places[first].count == MANY || meets(fusion, z, first))
        *known = first = places[at].last = at;
    places[places[first].last].next = at;
    places[first].last = at;
    places[first].count++;
    return first;
}

/* Let a sum over the rows be part of a reduction, which runs where its last part did. */
static void reduce(Fusion *fusion, uint32_t at)
{
    Place *z = &fusion->places[at];
    z->begin = operands_of(fusion, at)[0];
    z->first++;
    z->n--;
    z->result = fusion->next;
    fusion->next += z->n;
    z->runs = join(fusion, at);
    for (uint32_t k = 0; k < z->n; k++) {
        uint32_t *last = &fusion->adding[fusion->targets[z->result + k]];
        fusion->again |= *last > 0;
        *last = z->runs > *last ? z->runs : *last;
    }
}

/* Whether a product with a uniform is an instruction of its own: alone with what varies, behind no gate. */
static int single(const Fusion *fusion, const Place *z, uint32_t x, uint32_t y)
{
    const uint32_t user = fusion->places[z->user].code;
    return z->code == PRODUCT && fusion->places[on_rows(fusion, x) ? x : y].readers == 1
        && user != CODE_max && user != CODE_gate;
}

/* Sort the operands of a sum of products: what is read, then its uniform factors; whether it can be part of a layer. */
static int sort(Fusion *fusion, uint32_t at)
{
    Place *z = &fusion->places[at];
    uint32_t *operands = operands_of(fusion, at);
    Words *reads = &fusion->terms, *factors = &fusion->merged;
    if (on_rows(fusion, operands[0] & ~MINUS) == on_rows(fusion, operands[1]) || single(fusion, z, operands[0], operands[1]))
        return 0;
    z->begin = fusion->start;
    reads->n = factors->n = 0;
    for (uint32_t k = 0; k < z->n; k += 2) {
        const uint32_t x = operands[k], y = operands[k + 1];
        if (x & MINUS || (on_rows(fusion, x) && on_rows(fusion, y)))
            return 0;
        if (on_rows(fusion, x) || on_rows(fusion, y)) {
            push(reads, on_rows(fusion, x) ? x : y);
            push(factors, on_rows(fusion, x) ? y : x);
        } else if (z->begin != fusion->start || (x != fusion->one && y != fusion->one))
            return 0;
        else
            z->begin = y == fusion->one ? x : y;
    }
    if (reads->failed || factors->failed)
        return 0;
    z->n = (uint32_t)reads->n;
    memcpy(operands, reads->at, z->n * sizeof *operands);
    memcpy(operands + z->n, factors->at, z->n * sizeof *operands);
    return 1;
}

/* Let a sum of products be part of a layer, which runs where its first part did; and what becomes of it on the way. */
static void layer(Fusion *fusion, uint32_t at)
{
    Place *places = fusion->places, *z = &places[at], *user = &places[z->user];
    z->code = CODE_layer;
    const uint32_t first = join(fusion, at), *operands = operands_of(fusion, z->user);
    z->result = at;
    z->gate = LITERAL | OPEN;
    if (z->uses == 1 && user->code < RESULT) {
        const uint32_t other = user->code == PRODUCT ? operands[operands[0] == at] : user->code == CODE_gate ? operands[0] : at;
        const uint32_t found = places[other].runs ? places[other].runs : other;
        if (user->code == CODE_max && operands[0] == fusion->zero && operands[1] == at)
            z->gate = LITERAL | RAMP, z->result = z->user;
        else if (other != at && found < first && on_rows(fusion, other))
            z->gate = (user->code == CODE_gate ? PASSING : TIMED) | other, z->result = z->user;
    }
    places[z->result].runs = first;
}

static void group(Fusion *fusion)
{
    memset(fusion->table, 0, ((size_t)fusion->mask + 1) * sizeof *fusion->table);
    for (uint32_t at = 0; at < fusion->count; at++)
        for (uint32_t k = 0; k < 2 && fusion->places[at].code == PRODUCT; k++)
            fusion->places[operands_of(fusion, at)[k]].readers++;
    for (uint32_t at = 0; at < fusion->count && undisturbed(fusion, at); at++) {
        const Place *z = &fusion->places[at];
        if (z->code == CODE_reduce)
            reduce(fusion, at);
        else if (is_product(z) && !z->runs && sort(fusion, at))
            layer(fusion, at);
    }
}

/* Write the instruction of a group. */
static void write_group(Fusion *fusion, uint32_t first)
{
    Words *words = &fusion->words;
    const Place *places = fusion->places, *z = &places[first];
    const uint32_t n = z->n, *operands = operands_of(fusion, first), layers = z->code == CODE_layer;
    push(words, z->code);
    push(words, NONE);
    push(words, 2 + n + z->count * (layers ? n + 3 : n + 1));
    push(words, LITERAL | z->count);
    push(words, LITERAL | n);
    for (uint32_t i = 0, at = first; !layers && i < z->count; i++, at = places[at].next)
        push(words, places[at].begin);
    for (uint32_t k = 0; k < n; k++)
        push(words, layers ? VARYING | operands[k] : operands[k]);
    for (uint32_t i = 0, at = first; i < z->count; i++, at = places[at].next) {
        if (layers) {
            push(words, FOUND | places[at].result);
            push(words, places[at].gate);
            push(words, CONSTANT | places[at].begin);
        }
        for (uint32_t k = 0; k < n; k++)
            push(words, layers ? CONSTANT | operands_of(fusion, at)[n + k]
                               : LITERAL | fusion->targets[places[at].result + k]);
    }
}

/* Write an instruction that stands for itself. */
static void write_one(Fusion *fusion, uint32_t at, uint32_t code, uint32_t n, const uint32_t *operands)
{
    const uint32_t more = width_of(fusion, at) - 1;
    push(&fusion->words, code);
    push(&fusion->words, has_effect(code) ? NONE : at);
    push(&fusion->words, n + more);
    for (uint32_t k = 0; k < n; k++)
        push(&fusion->words, operands[k]);
    for (uint32_t k = 1; k <= more; k++)
        push(&fusion->words, FOUND | (at + k));
}

/* Write the instructions on the rows. */
static void write_rows(Fusion *fusion)
{
    for (uint32_t at = 0; at < fusion->count && undisturbed(fusion, at); at++) {
        const Place *z = &fusion->places[at];
        if (z->code == CODE_layer && z->count)
            write_group(fusion, at);
        else if (z->code == CODE_reduce && fusion->places[z->runs].last == at)
            write_group(fusion, z->runs);
        else if (z->code < RESULT && z->code != CODE_layer && z->code != CODE_reduce && !z->runs)
            write_one(fusion, at, z->code, z->n, operands_of(fusion, at));
    }
}

/* Write the instructions that find what is the same on all rows, before them or after them. */
static void write_uniform(Fusion *fusion, const uint32_t *codes, int stage)
{
    for (uint32_t at = 0; at < fusion->count; at++)
        if (fusion->stages[at] == stage && codes[at] < RESULT)
            write_one(fusion, at, codes[at], fusion->places[at].n, operands_of(fusion, at));
}
