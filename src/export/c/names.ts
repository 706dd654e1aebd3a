// Names that generated C cannot give to a parameter or to a member of the struct: words of C and C++, macros and functions of the headers
// that it includes, and names that the generated functions use themselves.

const KEYWORDS =
  "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return " +
  "short signed sizeof static struct switch typedef union unsigned void volatile while _Bool _Complex _Imaginary";

/** A program in C++ or a later C includes the header. */
const LATER_KEYWORDS =
  "alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept bitand bitor bool catch char8_t char16_t char32_t class " +
  "co_await co_return co_yield compl concept const_cast consteval constexpr constinit decltype delete dynamic_cast explicit export false " +
  "friend module mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public reflexpr " +
  "reinterpret_cast requires static_assert static_cast synchronized template this thread_local throw true try typeid typename " +
  "typeof typeof_unqual using virtual wchar_t xor xor_eq";

const MATH =
  "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin fmod frexp " +
  "hypot ilogb ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder " +
  "remquo rint round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc";

const MATH_MACROS =
  "FP_FAST_FMA FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO HUGE_VAL HUGE_VALF HUGE_VALL INFINITY " +
  "MATH_ERREXCEPT MATH_ERRNO NAN NULL double_t float_t fpclassify isfinite isgreater isgreaterequal isinf isless islessequal " +
  "islessgreater isnan isnormal isunordered math_errhandling signbit j0 j1 jn y0 y1 yn gamma signgam";

const OTHERS =
  "memchr memcmp memcpy memmove memset size_t ptrdiff_t strcat strcmp strcpy strlen main errno assert linux unix i386 " +
  "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t intmax_t uintmax_t INT32_MAX INT32_MIN";

/** Of generated functions: the struct, the number of steps, and counters of loops. */
const OWN = "s steps t turn";

function words(text: string): readonly string[] {
  return text.split(" ");
}

export const RESERVED: readonly string[] = [
  ...[KEYWORDS, LATER_KEYWORDS, MATH_MACROS, OTHERS, OWN].flatMap(words),
  ...words(MATH).flatMap((name) => [name, `${name}f`, `${name}l`]),
];
