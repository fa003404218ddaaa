/* The functions of the grammar on doubles, each as CPython computes it: the same call of the same C library, the same
 * order of sums. Where Python would raise, or where that is in question, `bad` is set and the row's Python method has
 * the last word. */
#include <errno.h>
#include <math.h>

#define FUNCTION(name, call)                                                                                           \
    static inline double name(double x, int *bad)                                                                      \
    {                                                                                                                  \
        double z = call;                                                                                               \
        if (!isfinite(z))                                                                                              \
            *bad = 1;                                                                                                  \
        return z;                                                                                                      \
    }

FUNCTION(exp_of,   exp(x))
FUNCTION(expm1_of, expm1(x))
FUNCTION(log_of,   log(x))
FUNCTION(log1p_of, x == 0.0 ? x : log1p(x))          /* as CPython: some libraries lose the sign of zero */
FUNCTION(sqrt_of,  sqrt(x))
FUNCTION(sin_of,   sin(x))
FUNCTION(cos_of,   cos(x))
FUNCTION(tan_of,   tan(x))
FUNCTION(tanh_of,  tanh(x))
FUNCTION(floor_of, floor(x) + 0.0)                   /* Python's is an int, which has no negative zero */

static inline double abs_of(double x, int *bad) { return fabs(x); }

static inline double over(double x, double y, int *bad)
{
    if (y == 0.0) {
        *bad = 1;
        return 0.0;
    }
    return x / y;
}

static inline double max_of(double x, double y, int *bad) { return y > x ? y : x; }
static inline double min_of(double x, double y, int *bad) { return y < x ? y : x; }

/* x ** y: the cases that CPython decides by itself, then the library's pow of |x|. */
static inline double power(double x, double y, int *bad)
{
    double z;
    int negative = 0;
    if (y == 0.0)
        return 1.0;
    if (!isfinite(x) || !isfinite(y) || (x == 0.0 && y < 0.0) || (x < 0.0 && y != floor(y))) {
        *bad = 1;
        return 0.0;
    }
    if (x == 0.0)
        return fmod(fabs(y), 2.0) == 1.0 ? x : 0.0;
    if (x < 0.0) {
        x = -x;
        negative = fmod(fabs(y), 2.0) == 1.0;
    }
    if (x == 1.0)
        return negative ? -1.0 : 1.0;
    errno = 0;
    z = pow(x, y);
    if (!isfinite(z) || (errno && z != 0.0))
        *bad = 1;
    return negative ? -z : z;
}

/* Aggregates of n terms; op.py and math.fsum say what they are. */

static inline double total(Py_ssize_t n, const double *terms)
{
    double z = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        z = z + terms[i];
    return z;
}

static inline Py_ssize_t first_largest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t largest = 0;
    if (n == 0)
        *bad = 1;
    for (Py_ssize_t i = 1; i < n; i++)
        if (terms[i] > terms[largest])
            largest = i;
    return largest;
}

static inline double largest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t i = first_largest(n, terms, bad);
    return n ? terms[i] : 0.0;
}

static inline double smallest(Py_ssize_t n, const double *terms, int *bad)
{
    double z = n ? terms[0] : 0.0;
    if (n == 0)
        *bad = 1;
    for (Py_ssize_t i = 1; i < n; i++)
        if (terms[i] < z)
            z = terms[i];
    return z;
}

static inline double rest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t skipped = first_largest(n, terms, bad);
    double z = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (i != skipped)
            z = z + terms[i];
    return z;
}

static inline void others(Py_ssize_t n, const double *terms, double *sums)
{
    double before = 0.0, after = 0.0;
    for (Py_ssize_t i = n; i-- > 0;) {
        sums[i] = after;
        after = after + terms[i];
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        sums[i] = before + sums[i];
        before = before + terms[i];
    }
}

/* The exact sum, rounded once: Shewchuk's parts that do not overlap, smallest first, as in CPython's math.fsum. */
static inline double exact_sum(Py_ssize_t n, const double *terms, double *parts, int *bad)
{
    Py_ssize_t count = 0;
    double z = 0.0, low = 0.0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double x = terms[i];
        Py_ssize_t kept = 0;
        for (Py_ssize_t j = 0; j < count; j++) {
            double y = parts[j], sum = x + y;
            low = fabs(x) < fabs(y) ? x - (sum - y) : y - (sum - x);
            if (low != 0.0)
                parts[kept++] = low;
            x = sum;
        }
        count = kept;
        if (!isfinite(x)) {
            *bad = 1;
            return 0.0;
        }
        if (x != 0.0)
            parts[count++] = x;
    }
    if (count > 0)
        z = parts[--count];
    for (low = 0.0; count > 0 && low == 0.0;) {
        double x = z, y = parts[--count];
        z = x + y;
        low = y - (z - x);
    }
    if (count > 0 && ((low < 0.0 && parts[count - 1] < 0.0) || (low > 0.0 && parts[count - 1] > 0.0))) {
        double y = low * 2.0, x = z + y;             /* half way: what is left decides */
        if (y == x - z)
            z = x;
    }
    return z;
}
