(module
  (import "env" "memory" (memory 1 4 shared))
  (func $tanh (export "tanh") (param $x v128) (result v128)
    (local $math.x v128)
    (local $math.rounded v128)
    (local $math.n v128)
    (local $math.r v128)
    (local $math.q v128)
    (local $math.scale v128)
    (block (result v128)
      (local.set $math.x
        (f32x4.pmin
          (f32x4.pmax (local.get $x) (v128.const f32x4 -10 -10 -10 -10))
          (v128.const f32x4 10 10 10 10)))
      (local.set $math.rounded
        (f32x4.add
          (f32x4.mul (local.get $math.x) (v128.const f32x4 2.88539 2.88539 2.88539 2.88539))
          (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $math.n
        (f32x4.sub (local.get $math.rounded) (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $math.r
        (f32x4.add
          (f32x4.mul
            (local.get $math.n)
            (v128.const f32x4 -0.6933594 -0.6933594 -0.6933594 -0.6933594))
          (f32x4.add (local.get $math.x) (local.get $math.x))))
      (local.set $math.r
        (f32x4.add
          (f32x4.mul
            (local.get $math.n)
            (v128.const f32x4 0.00021219444 0.00021219444 0.00021219444 0.00021219444))
          (local.get $math.r)))
      (local.set $math.q
        (f32x4.add
          (f32x4.mul
            (f32x4.mul (local.get $math.r) (local.get $math.r))
            (f32x4.add
              (f32x4.mul
                (f32x4.add
                  (f32x4.mul
                    (f32x4.add
                      (f32x4.mul
                        (f32x4.add
                          (f32x4.mul
                            (v128.const f32x4 0.0013814599 0.0013814599 0.0013814599 0.0013814599)
                            (local.get $math.r))
                          (v128.const f32x4 0.008368717 0.008368717 0.008368717 0.008368717))
                        (local.get $math.r))
                      (v128.const f32x4 0.04166839 0.04166839 0.04166839 0.04166839))
                    (local.get $math.r))
                  (v128.const f32x4 0.16666521 0.16666521 0.16666521 0.16666521))
                (local.get $math.r))
              (v128.const f32x4 0.49999994 0.49999994 0.49999994 0.49999994)))
          (local.get $math.r)))
      (local.set $math.scale
        (i32x4.add
          (i32x4.shl (local.get $math.rounded) (i32.const 23))
          (v128.const i32x4 1065353216 1065353216 1065353216 1065353216)))
      (local.set $math.q
        (f32x4.add
          (f32x4.mul (local.get $math.q) (local.get $math.scale))
          (f32x4.sub (local.get $math.scale) (v128.const f32x4 1 1 1 1))))
      (v128.or
        (f32x4.div (local.get $math.q) (f32x4.add (local.get $math.q) (v128.const f32x4 2 2 2 2)))
        (v128.and (local.get $math.x) (v128.const f32x4 -0 -0 -0 -0))))))
