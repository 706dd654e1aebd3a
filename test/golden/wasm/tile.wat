(module
  (import "env" "memory" (memory 1 4 shared))
  (func $tile2x16.rows (export "tile2x16.rows") (param $a i32) (param $aStride i32) (param $b i32) (param $c i32) (param $cStride i32) (param $start i32) (param $startStride i32) (param $depth i32)
    (local $sum0.0 v128)
    (local $sum0.1 v128)
    (local $sum0.2 v128)
    (local $sum0.3 v128)
    (local $sum1.0 v128)
    (local $sum1.1 v128)
    (local $sum1.2 v128)
    (local $sum1.3 v128)
    (local $b0 v128)
    (local $b1 v128)
    (local $b2 v128)
    (local $b3 v128)
    (local $factor v128)
    (local $a1 i32)
    (if
      (local.get $start)
      (then
        (local.set $sum0.0 (v128.load (local.get $start)))
        (local.set $sum0.1 (v128.load offset=16 (local.get $start)))
        (local.set $sum0.2 (v128.load offset=32 (local.get $start)))
        (local.set $sum0.3 (v128.load offset=48 (local.get $start)))
        (local.set $start (i32.add (local.get $start) (local.get $startStride)))
        (local.set $sum1.0 (v128.load (local.get $start)))
        (local.set $sum1.1 (v128.load offset=16 (local.get $start)))
        (local.set $sum1.2 (v128.load offset=32 (local.get $start)))
        (local.set $sum1.3 (v128.load offset=48 (local.get $start))))
      (else
        (local.set $sum0.0 (v128.const f32x4 0 0 0 0))
        (local.set $sum0.1 (v128.const f32x4 0 0 0 0))
        (local.set $sum0.2 (v128.const f32x4 0 0 0 0))
        (local.set $sum0.3 (v128.const f32x4 0 0 0 0))
        (local.set $sum1.0 (v128.const f32x4 0 0 0 0))
        (local.set $sum1.1 (v128.const f32x4 0 0 0 0))
        (local.set $sum1.2 (v128.const f32x4 0 0 0 0))
        (local.set $sum1.3 (v128.const f32x4 0 0 0 0))))
    (local.set $a1 (i32.add (local.get $a) (local.get $aStride)))
    (if
      (local.get $depth)
      (then
        (loop $next
          (local.set $b0 (v128.load (local.get $b)))
          (local.set $b1 (v128.load offset=16 (local.get $b)))
          (local.set $b2 (v128.load offset=32 (local.get $b)))
          (local.set $b3 (v128.load offset=48 (local.get $b)))
          (local.set $factor (v128.load32_splat (local.get $a)))
          (local.set $sum0.0
            (f32x4.relaxed_madd (local.get $factor) (local.get $b0) (local.get $sum0.0)))
          (local.set $sum0.1
            (f32x4.relaxed_madd (local.get $factor) (local.get $b1) (local.get $sum0.1)))
          (local.set $sum0.2
            (f32x4.relaxed_madd (local.get $factor) (local.get $b2) (local.get $sum0.2)))
          (local.set $sum0.3
            (f32x4.relaxed_madd (local.get $factor) (local.get $b3) (local.get $sum0.3)))
          (local.set $a (i32.add (local.get $a) (i32.const 4)))
          (local.set $factor (v128.load32_splat (local.get $a1)))
          (local.set $sum1.0
            (f32x4.relaxed_madd (local.get $factor) (local.get $b0) (local.get $sum1.0)))
          (local.set $sum1.1
            (f32x4.relaxed_madd (local.get $factor) (local.get $b1) (local.get $sum1.1)))
          (local.set $sum1.2
            (f32x4.relaxed_madd (local.get $factor) (local.get $b2) (local.get $sum1.2)))
          (local.set $sum1.3
            (f32x4.relaxed_madd (local.get $factor) (local.get $b3) (local.get $sum1.3)))
          (local.set $a1 (i32.add (local.get $a1) (i32.const 4)))
          (local.set $b (i32.add (local.get $b) (i32.const 64)))
          (br_if $next (local.tee $depth (i32.sub (local.get $depth) (i32.const 1)))))))
    (v128.store (local.get $c) (local.get $sum0.0))
    (v128.store offset=16 (local.get $c) (local.get $sum0.1))
    (v128.store offset=32 (local.get $c) (local.get $sum0.2))
    (v128.store offset=48 (local.get $c) (local.get $sum0.3))
    (local.set $c (i32.add (local.get $c) (local.get $cStride)))
    (v128.store (local.get $c) (local.get $sum1.0))
    (v128.store offset=16 (local.get $c) (local.get $sum1.1))
    (v128.store offset=32 (local.get $c) (local.get $sum1.2))
    (v128.store offset=48 (local.get $c) (local.get $sum1.3))))
