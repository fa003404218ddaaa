/* Fewer instructions for the same numbers: what a program does on the rows, as the interpreter likes it best.
 *
 * Sums of products of the same numbers with uniform ones are one instruction, a layer; so are the sums over the rows of
 * products with the same numbers. Products are added and subtracted where they are found. What is 0 where something is
 * not above 0 passes a gate in the layer that finds it; what a slope multiplies is multiplied there too. */
enum { NEAR = 1024, MANY = 64 };                     /* how far apart, and how many may be one: registers are few */
enum { BEFORE, ON, AFTER };                          /* the rows: when a place is found */
enum { RESULT = CODES, NOTHING };                    /* what finds a place: the row before it; nothing on the rows */
enum { SUM = CODE_add, DIFFERENCE = CODE_sub, PRODUCT = CODE_mul, NEGATIVE = CODE_neg, PRODUCTS = CODE_dot, };
enum { LOOK = 1 << 15 };                             /* places between two looks at Ctrl-C */

typedef struct {
    uint32_t *at;
    size_t n, room;
    int failed;                                      /* for want of memory */
} Words;

typedef struct {
    uint32_t code, n, first;                         /* what finds it; how many operands, and where they begin */
    uint32_t same;                                   /* an equal place found before, or itself */
    uint32_t uses, user;                             /* how many use it, and the first of them */
    uint32_t readers;                                /* how many products of two use it */
    uint32_t other;                                  /* of x > 0: x if x > 0 else 0; of x - y: y - x; or 0 */
    int repeated;                                    /* whether it is found again with another sign */
    uint32_t runs;                                   /* where a group finds it, or 0 */
    uint32_t place, reader;                          /* as kernels are told; the number of what reads it last; or NONE */
    uint32_t next, last, count;                      /* of a group: the next part; for its first one, the last, and how many */
    uint32_t result, begin, gate;                    /* of a sum in a layer: for which place, with what it begins, what becomes
                                                        of it; of one over the rows: its first target; what is multiplied */
} Place;

typedef struct {
    Place *places;
    const unsigned char *stages;
    const uint32_t *targets;                         /* of all sums over the rows, which sum each adds to */
    uint32_t count, seed, zero, one, minus, start, sums, next;       /* next: of the targets */
    uint32_t *adding;                                /* for each sum the last group that adds to it, or 0 */
    uint32_t *table, mask;                           /* instructions by what they do */
    Words operands, terms, merged, words;
    Words idle, late;                                /* free registers; those that are free after this instruction */
    uint32_t registers, uniforms, nowhere;           /* how many; the register of what nobody reads, or NONE */
    int wrong, raised, again;                        /* whether something is read before it is found; a signal handler raised;
                                                        whether several share a sum */
} Fusion;

static void push(Words *words, uint32_t word)
{
    if (words->n == words->room) {
        const size_t room = 2 * words->room + 1024;
        uint32_t *at = realloc(words->at, room * sizeof *at);
        if (!at) {
            words->failed = 1;
            return;
        }
        words->at = at;
        words->room = room;
    }
    words->at[words->n++] = word;
}

/* Whether no signal handler has raised, which may happen now and then. */
static int undisturbed(Fusion *fusion, uint32_t at)
{
    if (at % LOOK == 0 && !fusion->raised)
        fusion->raised = PyErr_CheckSignals() != 0;
    return !fusion->raised;
}

static int on_rows(const Fusion *fusion, uint32_t p) { return fusion->stages[p] == ON; }

static uint32_t *operands_of(const Fusion *fusion, uint32_t p) { return fusion->operands.at + fusion->places[p].first; }

/* How many places an instruction finds, itself and those after it. */
static uint32_t width_of(const Fusion *fusion, uint32_t at)
{
    uint32_t end = at + 1;
    while (end < fusion->count && fusion->places[end].code == RESULT)
        end++;
    return end - at;
}

/* Where in the table an instruction with these operands is, or can be put. */
static uint32_t *entry(const Fusion *fusion, uint32_t code, const uint32_t *operands, uint32_t n)
{
    uint64_t hash = code;
    for (uint32_t k = 0; k < n; k++)
        hash = (hash ^ operands[k]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 32;
    for (uint32_t i = (uint32_t)hash & fusion->mask;; i = (i + 1) & fusion->mask) {
        const uint32_t p = fusion->table[i];
        const Place *known = &fusion->places[p];
        if (!p || (known->code == code && known->n == n && !memcmp(operands_of(fusion, p), operands, n * sizeof *operands)))
            return &fusion->table[i];
    }
}

static int has_effect(uint32_t code) { return code == CODE_need || code == CODE_reduce || code == CODE_total; }

/* Whether what nobody uses has to be found, for its error. */
static int may_fail(const Place *z)
{
    return !(CODE_lt <= z->code && z->code < CODE_rest) && !z->repeated;
}

/* Put a product in simpler terms: by 1, which the seed is on every row, or by whether x > 0. */
static void simplify_product(Fusion *fusion, Place *z, uint32_t p, uint32_t q)
{
    Place *x = &fusion->places[p];
    if (p == fusion->seed && on_rows(fusion, q)) {   /* the sums leave out what is no row */
        z->same = q;
        z->code = NOTHING;
    } else if (x->code == CODE_gt && operands_of(fusion, p)[1] == fusion->zero) {
        uint32_t *operands = fusion->operands.at + z->first;
        operands[0] = x->other ? fusion->places[x->other].same : operands_of(fusion, p)[0];
        operands[1] = q;
        z->code = CODE_gate;
    }
}

/* Put an instruction in simpler terms. */
static void simplify(Fusion *fusion, uint32_t at)
{
    Place *z = &fusion->places[at];
    uint32_t *operands = operands_of(fusion, at);
    const uint32_t p = operands[0], q = operands[z->n - 1];
    const Place *x = &fusion->places[p];
    if (z->code == CODE_total)
        z->first++, z->n--;
    else if (z->code == PRODUCT) {
        simplify_product(fusion, z, p, q);
        if (z->code == PRODUCT)
            simplify_product(fusion, z, q, p);
    } else if (z->code == NEGATIVE && x->code == DIFFERENCE) {
        const size_t first = fusion->operands.n;
        /* one of the two has to run, for its error */
        fusion->places[p].repeated = !x->other || !fusion->places[x->other].repeated;
        push(&fusion->operands, fusion->operands.at[x->first + 1]);
        push(&fusion->operands, fusion->operands.at[x->first]);
        if (!fusion->operands.failed)
            z->code = DIFFERENCE, z->first = (uint32_t)first, z->n = 2;
    } else if (z->code == CODE_select && x->code == CODE_gt && q == fusion->zero
               && !memcmp(operands_of(fusion, p), operands + 1, 2 * sizeof *operands)) {
        fusion->places[p].other = at;
        operands[0] = fusion->zero;
        z->code = CODE_max;
        z->n = 2;
    }
}

/* Let each instruction be in simple terms, and nothing be found twice. */
static void find_equals(Fusion *fusion)
{
    for (uint32_t at = 0; at < fusion->count && undisturbed(fusion, at); at++) {
        Place *z = &fusion->places[at];
        if (z->code >= RESULT)
            continue;
        for (uint32_t k = 0; k < z->n; k++)
            operands_of(fusion, at)[k] = fusion->places[operands_of(fusion, at)[k]].same;
        simplify(fusion, at);
        if (z->code == NOTHING || has_effect(z->code))
            continue;
        uint32_t *operands = operands_of(fusion, at), *known = entry(fusion, z->code, operands, z->n);
        if (*known) {
            for (uint32_t k = width_of(fusion, at); k-- > 0;)
                fusion->places[at + k].same = *known + k;
            z->code = NOTHING;
            continue;
        }
        *known = at;
        if (z->code == DIFFERENCE) {
            const uint32_t turned[2] = {operands[1], operands[0]}, other = *entry(fusion, DIFFERENCE, turned, 2);
            if (other && other != at)
                z->other = other, fusion->places[other].other = at;
        }
    }
}

/* Find who uses each place; drop what nobody uses, but what may fail. */
static void find_users(Fusion *fusion, const uint32_t *results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fusion->places[fusion->places[results[i]].same].uses++;
    for (uint32_t at = fusion->count; at-- > 0 && undisturbed(fusion, at);) {
        Place *z = &fusion->places[at];
        if (z->code >= RESULT)
            continue;
        int used = has_effect(z->code) || may_fail(z);
        for (uint32_t k = width_of(fusion, at); k-- > 0;)
            used |= fusion->places[at + k].uses > 0;
        for (uint32_t k = 0; used && k < z->n; k++) {
            Place *x = &fusion->places[operands_of(fusion, at)[k]];
            x->uses++;
            x->user = at;
        }
        if (!used)
            z->code = NOTHING;
    }
}

/* The products that a sum consists of, a sign with the first factor of each; the second is 1 if one is. */
static void push_terms(const Fusion *fusion, Words *to, uint32_t at, uint32_t sign)
{
    const Place *z = &fusion->places[at];
    const uint32_t *operands = operands_of(fusion, at), pairs = z->code == PRODUCTS || z->code == PRODUCT;
    for (uint32_t k = 0; k < z->n; k += 1 + pairs) {
        uint32_t x = operands[k] & ~MINUS, y = pairs ? operands[k + 1] : fusion->one, minus = sign ^ (operands[k] & MINUS);
        if (pairs && (x == fusion->one || x == fusion->minus))
            y = x, x = operands[k + 1];
        if (y == fusion->minus)
            minus ^= MINUS;
        push(to, x | (z->code == DIFFERENCE && k ? minus ^ MINUS : minus));
        push(to, y == fusion->minus ? fusion->one : y);
    }
}

static int is_product(const Place *x) { return x->code == PRODUCTS || x->code == PRODUCT; }
static int is_sum(const Place *x) { return x->code == PRODUCTS || x->code == SUM || x->code == DIFFERENCE; }

/* Use y - x for an x - y that nobody else uses, where that is found anyway. */
static void turn(Fusion *fusion, uint32_t at, uint32_t *term)
{
    Place *y = &fusion->places[term[1]];
    if (y->code == DIFFERENCE && y->uses == 1 && y->other < at && fusion->places[y->other].code == DIFFERENCE) {
        y->code = NOTHING;
        term[0] ^= MINUS;
        term[1] = y->other;
    }
}

/* Let a sum take up the products that nobody else uses. */
static void merge(Fusion *fusion, uint32_t at)
{
    Place *z = &fusion->places[at];
    Words *terms = &fusion->terms, *merged = &fusion->merged;
    int own = 0, ones = z->code != PRODUCTS;
    for (uint32_t k = 0; k < z->n; k++) {
        const uint32_t p = operands_of(fusion, at)[k];
        own |= is_product(&fusion->places[p]) && fusion->places[p].uses == 1;
        ones |= p == fusion->one || p == fusion->minus;
    }
    if (!own || !ones)
        return;
    terms->n = merged->n = own = 0;
    push_terms(fusion, terms, at, 0);
    for (size_t k = 0; k + 1 < terms->n; k += 2) {
        const uint32_t p = terms->at[k] & ~MINUS;
        if (terms->at[k + 1] == fusion->one && is_product(&fusion->places[p]) && fusion->places[p].uses == 1) {
            push_terms(fusion, merged, p, terms->at[k] & MINUS);
            fusion->places[p].code = NOTHING;
            own = 1;
        } else {
            push(merged, terms->at[k]);
            push(merged, terms->at[k + 1]);
        }
    }
    const size_t first = fusion->operands.n;
    for (size_t k = 0; own && k + 1 < merged->n; k += 2) {
        turn(fusion, at, merged->at + k);
        push(&fusion->operands, merged->at[k]);
        push(&fusion->operands, merged->at[k + 1]);
    }
    if (own && !fusion->operands.failed)
        z->code = PRODUCTS, z->first = (uint32_t)first, z->n = (uint32_t)(fusion->operands.n - first);
}
