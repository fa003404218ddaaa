/* The chain rule. A walk finds a graph's nodes depth first, parents left to right, each after its parents, as
 * engine/graph.py does, without recursion. Adjoints stand beside the nodes until all of them are known to be finite;
 * then one loop that nothing can interrupt commits them.
 *
 * A node's mark is its place in `found`, and counts only where `found` has the node in that place: marks of other walks
 * do no harm. Signals, and what Python runs along with them, come between nodes; another walk that ran meanwhile has
 * drawn a number from `walks`, then the marks are set anew. */

typedef struct {
    Node **found, **order, **stack;                  /* as discovered; in postorder; under way */
    uint32_t *next;                                  /* for each node under way, its next operand */
    double *adjoint;                                 /* by mark */
    size_t size, room, done, depth;
    unsigned long number, edits;
    int changed;                                     /* operands were set by hand during the walk */
} Walk;

enum { AT_ONCE = 1 << 14, HELD = 1 << 17 };          /* nodes between two looks at signals; for so many memory is held */
enum { AHEAD = 16 };                                 /* nodes that are fetched ahead */

static unsigned long walks;
static Walk held;                                    /* the memory of a walk that has ended, for the next */

static inline int seen(const Walk *walk, const Node *node)
{
    return node->mark < walk->size && walk->found[node->mark] == node;
}

/* Let a node come into the cache. */
static inline void fetch(const Node *node)
{
#ifdef __GNUC__
    __builtin_prefetch(node);
    __builtin_prefetch(&node->dy);
#endif
}

/* The Value that a slope belongs to; NULL where there is none. */
static inline Node *operand_of(PyObject *object, Slope slope)
{
    return IS_NUMBER(slope) && object && is_value(object) ? (Node *)object : NULL;
}

static int interrupted(Walk *walk)
{
    if (PyErr_CheckSignals())
        return 1;
    walk->changed |= walk->edits != edits;
    if (walk->number != walks) {
        walk->number = ++walks;
        for (size_t i = 0; i < walk->size; i++)
            walk->found[i]->mark = (uint32_t)i;
    }
    return 0;
}

#define GROW(array) ((grown = PyMem_Realloc(array, room * sizeof(*(array)))) ? ((array) = grown, 1) : 0)

static int make_room(Walk *walk)
{
    size_t room = walk->room ? 2 * walk->room : 512;
    void *grown;
    if (room > UINT32_MAX || !GROW(walk->found) || !GROW(walk->order) || !GROW(walk->stack) || !GROW(walk->next)
        || !GROW(walk->adjoint)) {
        PyErr_NoMemory();
        return 0;
    }
    walk->room = room;
    return 1;
}

/* The first operand from `next` on that was not seen yet. */
static inline Node *unseen(const Walk *walk, const Node *v, uint32_t *next)
{
    if (v->many) {
        PyObject *xs = v->x.object;
        Py_ssize_t n = xs && PyTuple_Check(xs) ? Py_MIN(PyTuple_GET_SIZE(xs), v->dx.block->n) : 0;
        while (*next < n) {
            Py_ssize_t i = (*next)++;
            Slope slope = {v->dx.block->slopes[i]};
            Node *x = operand_of(PyTuple_GET_ITEM(xs, i), slope);
            if (x && !seen(walk, x))
                return x;
        }
        return NULL;
    }
    if (*next == 0) {
        Node *x = operand_of(v->x.object, v->dx);
        *next = 1;
        if (x && !seen(walk, x))
            return x;
    }
    if (*next == 1) {
        Node *y = operand_of(v->y.object, v->dy);
        *next = 2;
        if (y && !seen(walk, y))
            return y;
    }
    return NULL;
}

/* Find all nodes; 0 with an exception where that fails or was interrupted. */
static int walk_from(Walk *walk, Node *v)
{
    for (;;) {
        uint32_t next = 0;
        if (walk->size == walk->room && !make_room(walk))
            return 0;
        v->mark = (uint32_t)walk->size;
        walk->found[walk->size++] = v;
        if (walk->size % AT_ONCE == 0 && interrupted(walk))
            return 0;
        for (;;) {
            Node *x = unseen(walk, v, &next);
            if (x) {
                walk->stack[walk->depth] = v;
                walk->next[walk->depth++] = next;
                v = x;
                break;
            }
            walk->order[walk->done++] = v;
            if (walk->depth == 0)
                return 1;
            v = walk->stack[--walk->depth];
            next = walk->next[walk->depth];
        }
    }
}

static int begin_walk(Walk *walk, Node *root)
{
    *walk = held;
    memset(&held, 0, sizeof held);
    walk->number = ++walks;
    walk->edits = edits;
    walking++;
    return walk_from(walk, root);
}

static void end_walk(Walk *walk)
{
    if (!held.room && walk->room <= HELD)
        held = (Walk){.found = walk->found, .order = walk->order, .stack = walk->stack, .next = walk->next,
                      .adjoint = walk->adjoint, .room = walk->room};
    else {
        PyMem_Free(walk->found);
        PyMem_Free(walk->order);
        PyMem_Free(walk->stack);
        PyMem_Free(walk->next);
        PyMem_Free(walk->adjoint);
    }
    walking--;
    drain();
}

static inline void add(Walk *walk, PyObject *object, Slope slope, double g)
{
    Node *x = operand_of(object, slope);
    if (x && (!walk->changed || seen(walk, x)))
        walk->adjoint[x->mark] += g * slope.number;
}

/* All adjoints, on leaves their sums with the grads that are there; -1 where one is not finite or an exception came. */
static int find_adjoints(Walk *walk)
{
    int finite = 1;
    Node **leaves = walk->stack;                     /* empty by now, and as long as there are nodes */
    size_t count = 0;
    memset(walk->adjoint, 0, walk->size * sizeof(double));
    walk->adjoint[walk->order[walk->done - 1]->mark] = 1.0;
    for (size_t i = walk->done; i-- > 0;) {
        Node *v = walk->order[i];
        double g = walk->adjoint[v->mark];
        fetch(walk->order[i < AHEAD ? 0 : i - AHEAD]);
        finite &= isfinite(g) != 0;
        if (g != 0.0 && v->many) {
            PyObject *xs = v->x.object;
            Block *block = v->dx.block;
            Py_ssize_t n = xs && PyTuple_Check(xs) ? Py_MIN(PyTuple_GET_SIZE(xs), block->n) : 0;
            for (Py_ssize_t j = 0; j < n; j++) {
                Slope slope = {block->slopes[j]};
                add(walk, PyTuple_GET_ITEM(xs, j), slope, g);
            }
        } else if (g != 0.0) {
            add(walk, v->x.object, v->dx, g);
            add(walk, v->y.object, v->dy, g);
        }
        if (!v->row)
            leaves[count++] = v;
        if (i % AT_ONCE == 0 && i && interrupted(walk))
            return -1;
    }
    while (count-- > 0) {                            /* from here on nothing comes between */
        Node *v = leaves[count];
        int plain = v->y.object == Py_True;          /* a plain number keeps its 0.0 */
        double g = plain ? 0.0 : v->grad + walk->adjoint[v->mark];
        finite &= isfinite(g) != 0;
        walk->adjoint[v->mark] = g;
    }
    return finite ? 0 : -1;
}

static PyObject *blame(PyObject *root)
{
    PyObject *module = PyImport_ImportModule("engine.graph");
    PyObject *error = module ? PyObject_CallMethod(module, "blame", "O", root) : NULL;
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    Py_XDECREF(module);
    return NULL;
}

static PyObject *backward(PyObject *root)
{
    Walk walk;
    int good = begin_walk(&walk, (Node *)root) && find_adjoints(&walk) == 0;
    for (size_t i = 0; good && i < walk.size; i++) {
        fetch(walk.found[i + AHEAD < walk.size ? i + AHEAD : i]);
        walk.found[i]->grad = walk.adjoint[i];
    }
    end_walk(&walk);
    if (!good)
        return PyErr_Occurred() ? NULL : blame(root);
    Py_RETURN_NONE;
}

static PyObject *zero_grad(PyObject *root)
{
    Walk walk;
    int good = begin_walk(&walk, (Node *)root);
    for (size_t i = 0; good && i < walk.size; i++)
        walk.found[i]->grad = 0.0;
    end_walk(&walk);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}
